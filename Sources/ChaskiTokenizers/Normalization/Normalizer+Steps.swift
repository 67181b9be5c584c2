// Owns: what each step of a normalizer does. Not their order.

extension Normalizer.Step {
  /// The text after this step.
  func apply(_ text: [UInt8]) -> [UInt8] {
    switch self {
    case .prepend(let prefix): return text.isEmpty ? text : prefix + text
    case .replace(let old, let new): return Self.replacing(old, with: new, in: text)
    case .form(let form):
      guard text.contains(where: { $0 >= 0x80 }) else { return text }
      var output: [UInt8] = []
      output.reserveCapacity(text.count)
      form.append(text.span, 0, text.count, to: &output)
      return output
    case .lowercase: return Self.lowercased(text)
    case .strip(let set):
      return Self.filtered(text) { code, bits in bits & set.rawValue == 0 ? code : nil }
    case .trim(let left, let right): return Self.trimmed(text, left: left, right: right)
    case .clean(let areSpaces): return Self.cleaned(text, spaceControlsAreSpaces: areSpaces)
    case .firstPart:
      let tables = DecompositionTables.shared
      return Self.filtered(text) { code, _ in
        var first: UInt32?
        tables.decompose(code, compatible: false) { first = first ?? $0 }
        return first
      }
    case .characterMap(let map): return map.apply(text)
    case .mergeSpaces: return Self.mergingSpaces(text)
    case .unifySpaces:
      return Self.filtered(text) { code, bits in
        bits & CategorySet.space.rawValue != 0 ? 0x20 : code
      }
    case .replaceSpaceRuns(let content): return Self.replacingSpaceRuns(text, content)
    }
  }

  /// `text` with `new` for every `old`, from the left.
  static func replacing(_ old: [UInt8], with new: [UInt8], in text: [UInt8]) -> [UInt8] {
    guard let lead = old.first else { return text }
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var at = 0
    while at < text.count {
      if text[at] == lead, at + old.count <= text.count,
        text[at..<at + old.count].elementsEqual(old)
      {
        output.append(contentsOf: new)
        at += old.count
      } else {
        output.append(text[at])
        at += 1
      }
    }
    return output
  }

  /// `text` with each character replaced by what `map` gives, or dropped; stray bytes stay.
  private static func filtered(
    _ text: [UInt8],
    _ map: (UInt32, UInt32) -> UInt32?
  ) -> [UInt8] {
    let table = CategoryTable.positions.span
    let bytes = text.span
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var at = 0
    while at < bytes.count {
      let scalar = UTF8Scalar(bytes, at: at, end: bytes.count)
      if scalar.code == UTF8Scalar.invalid {
        output.append(bytes[at])
      } else if let code = map(scalar.code, Scan.bits(scalar.code, table)) {
        UTF8Scalar.append(code, to: &output)
      }
      at += scalar.count
    }
    return output
  }

  private static func cleaned(_ text: [UInt8], spaceControlsAreSpaces: Bool) -> [UInt8] {
    filtered(text) { code, bits in
      let isLineControl = code == 0x09 || code == 0x0A || code == 0x0D
      let isSpaceControl = bits & CategorySet(.spaceControl).rawValue != 0
      if isSpaceControl, !isLineControl, !spaceControlsAreSpaces { return nil }
      if bits & CategorySet.space.rawValue != 0 { return 0x20 }
      let isDropped = code == 0 || code == 0xFFFD || bits & CategorySet.control.rawValue != 0
      return isDropped ? nil : code
    }
  }

  private static func lowercased(_ text: [UInt8]) -> [UInt8] {
    let bytes = text.span
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var at = 0
    while at < bytes.count {
      let scalar = UTF8Scalar(bytes, at: at, end: bytes.count)
      if scalar.code < 0x80 {
        let isCapital = (0x41...0x5A).contains(bytes[at])
        output.append(isCapital ? bytes[at] + 0x20 : bytes[at])
      } else if let unicode = Unicode.Scalar(scalar.code) {
        output.append(contentsOf: unicode.properties.lowercaseMapping.utf8)
      } else {
        output.append(bytes[at])
      }
      at += scalar.count
    }
    return output
  }

  private static func trimmed(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
    let table = CategoryTable.positions.span
    let bytes = text.span
    let start = left ? Scan.run(.space, bytes, 0, bytes.count, table) : 0
    var end = bytes.count
    while right, end > start {
      let before = Scan.previous(bytes, start, end)
      if Scan.bits(bytes, at: before, end, table) & CategorySet.space.rawValue == 0 { break }
      end = before
    }
    return Array(text[start..<end])
  }

  private static func replacingSpaceRuns(_ text: [UInt8], _ content: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var at = 0
    while at < text.count {
      var end = at
      while end < text.count, text[end] == 0x20 { end += 1 }
      if end - at > 1 {
        output.append(contentsOf: content)
        at = end
      } else {
        output.append(text[at])
        at += 1
      }
    }
    return output
  }

  private static func mergingSpaces(_ text: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    for byte in text where byte != 0x20 || (output.last ?? 0x20) != 0x20 { output.append(byte) }
    if output.last == 0x20 { output.removeLast() }
    return output
  }
}
