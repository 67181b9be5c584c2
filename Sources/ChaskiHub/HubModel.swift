// Owns: naming a model on a Hugging Face-style hub.
// Does not own: where the hub is (HubAddress) or what it answers (RepositoryListing).

/// A repository on a hub, and perhaps one file and one revision of it.
package struct HubModel: Sendable, Hashable {
  /// The user or organisation that owns the repository.
  package let owner: String
  /// The repository's name below its owner.
  package let repository: String
  /// The path of the file in the repository; nil lets ``RepositoryListing`` choose.
  package let file: String?
  /// A branch, tag or commit; nil is the hub's `main`.
  package let revision: String?

  /// Names a model from parts.
  ///
  /// - Throws: `HubError.unsafeName` for a part that cannot be one.
  package init(
    owner: String,
    repository: String,
    file: String? = nil,
    revision: String? = nil
  ) throws(HubError) {
    for part in [owner, repository] where !NameRules.isWord(part, maximumLength: 96) {
      throw .unsafeName(
        name: part,
        reason: "an owner or repository has 1 to 96 letters, digits, '.', '_' or '-'"
      )
    }
    if let file {
      try NameRules.check(path: file)
      guard file.lowercased().hasSuffix(".gguf") else {
        throw .unsafeName(name: file, reason: "a model's file ends in .gguf")
      }
    }
    if let revision {
      let parts = revision.split(separator: "/", omittingEmptySubsequences: false)
      guard revision.utf8.count <= 200,
        parts.allSatisfy({ NameRules.isWord($0, maximumLength: 200) })
      else {
        throw .unsafeName(
          name: String(revision.prefix(80)),
          reason: "it is not a branch, tag or commit"
        )
      }
    }
    self.owner = owner
    self.repository = repository
    self.file = file
    self.revision = revision
  }

  /// Reads `OWNER/REPO[/FILE][@REVISION]`.
  ///
  /// - Throws: `HubError.invalidReference` or `HubError.unsafeName`.
  package init(parsing text: String) throws(HubError) {
    var path = Substring(text)
    var revision: String?
    if let at = path.lastIndex(of: "@") {
      revision = String(path[path.index(after: at)...])
      path = path[..<at]
    }
    let parts = path.split(
      separator: "/",
      maxSplits: 2,
      omittingEmptySubsequences: false
    ).map(String.init)
    guard parts.count >= 2 else {
      throw .invalidReference(
        text: text,
        reason: "a model on a hub is written hf:OWNER/REPO[/FILE][@REVISION]"
      )
    }
    try self.init(
      owner: parts[0],
      repository: parts[1],
      file: parts.count > 2 ? parts[2] : nil,
      revision: revision
    )
  }

  /// `OWNER/REPO`.
  package var repositoryPath: String { "\(owner)/\(repository)" }

  /// The same repository and revision with the file chosen.
  func choosing(file: String) throws(HubError) -> HubModel {
    try HubModel(owner: owner, repository: repository, file: file, revision: revision)
  }
}

extension HubModel: CustomStringConvertible {
  /// The form a user types: `hf:OWNER/REPO[/FILE][@REVISION]`.
  package var description: String {
    "hf:\(repositoryPath)\(file.map { "/\($0)" } ?? "")\(revision.map { "@\($0)" } ?? "")"
  }
}

extension HubModel: Codable {
  /// Reads `OWNER/REPO[/FILE][@REVISION]`, with or without `hf:`.
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    try self.init(parsing: text.hasPrefix("hf:") ? String(text.dropFirst(3)) : text)
  }

  /// Writes the form a user types.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
