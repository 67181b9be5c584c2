// Owns: what the store writes down about an installed model.

package import Foundation

/// One file of an installed model.
package struct ModelFile: Sendable, Hashable, Codable {
  /// The file's name in the model's folder.
  package let name: String
  /// The length in bytes.
  package let byteCount: Int64
  /// The SHA-256 in lower-case hexadecimal.
  package let sha256: String
  /// Whether the source or the catalogue promised that SHA-256; if not, it was only computed.
  package let isVerified: Bool

  /// Describes a file.
  package init(name: String, byteCount: Int64, sha256: String, isVerified: Bool) {
    self.name = name
    self.byteCount = byteCount
    self.sha256 = sha256
    self.isVerified = isVerified
  }
}

/// What is known of an installed model.
package struct ModelManifest: Sendable, Hashable, Codable {
  /// The version of this layout.
  package var formatVersion = 1
  /// The name that the model is listed and removed by.
  package let name: String
  /// The files, parts of a split model in order.
  package let files: [ModelFile]
  /// Where the model came from.
  package let source: ModelSource
  /// The address of the hub, for a model that came from one.
  package let hub: String?
  /// The commit at the hub, for a model that came from one that tells it.
  package let commit: String?
  /// The licence of the weights, as the source states it.
  package let licence: String?
  /// When the model was installed.
  package let installed: Date

  /// Describes a model.
  package init(
    name: String,
    files: [ModelFile],
    source: ModelSource,
    hub: String? = nil,
    commit: String? = nil,
    licence: String?,
    installed: Date
  ) {
    self.name = name
    self.files = files
    self.source = source
    self.hub = hub
    self.commit = commit
    self.licence = licence
    self.installed = installed
  }

  /// The length of all files in bytes.
  package var byteCount: Int64 { files.reduce(0) { $0 &+ $1.byteCount } }

  /// The largest manifest that is read, in bytes.
  static let maximumSize = 1 << 20

  static func read(_ file: URL) throws(HubError) -> ModelManifest {
    let data = try FileAccess.read(file, maximumSize: maximumSize)
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let manifest: ModelManifest
    do {
      manifest = try decoder.decode(ModelManifest.self, from: data)
    } catch {
      throw .brokenInstallation(path: file.path, reason: JSONProblem.sentence(for: error))
    }
    guard manifest.formatVersion == 1, !manifest.files.isEmpty else {
      throw .brokenInstallation(path: file.path, reason: "its manifest has an unknown layout")
    }
    for entry in manifest.files {
      try NameRules.check(component: entry.name, of: entry.name)
      guard entry.byteCount >= 0, entry.byteCount < 1 << 50 else {
        throw .brokenInstallation(path: file.path, reason: "its manifest has an impossible length")
      }
    }
    return manifest
  }

  func write(to file: URL) throws(HubError) {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do {
      data = try encoder.encode(self)
    } catch {
      throw .file(path: file.path, operation: "write", reason: FileAccess.reason(error))
    }
    try FileAccess.write(data, to: file)
  }
}
