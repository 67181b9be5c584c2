// Owns: reading what a hub says a repository holds.
// Does not own: which of the files is wanted (RepositoryListing+Choice).

package import Foundation

/// What a repository on a hub holds at one commit.
package struct RepositoryListing: Sendable, Equatable {
  /// One file of the repository.
  package struct File: Sendable, Equatable {
    /// The path in the repository.
    package let path: String
    /// The length in bytes, where the hub tells.
    package let byteCount: Int64?
    /// The SHA-256 in lower case, which hubs tell of large files.
    package let sha256: String?
  }

  /// The commit that the revision stands for, where the hub tells.
  package let commit: String?
  /// The licence that the owner states.
  package let licence: String?
  /// The repository's GGUF files, in the hub's order.
  package let files: [File]
  /// The repository's files that belong to a Hugging Face folder, in the hub's order.
  package let folderFiles: [File]

  /// The longest listing that is read, in bytes.
  package static let maximumSize = 16 << 20
  /// The most files that a listing may name.
  package static let maximumFileCount = 50_000

  private struct Reply: Decodable {
    struct Sibling: Decodable {
      struct LargeFile: Decodable {
        let sha256: String?
        let oid: String?
        let size: Int64?
      }
      let rfilename: String
      let size: Int64?
      let lfs: LargeFile?
    }
    // What an owner writes on a model's card is free; of a licence there is one, or several.
    struct Card: Decodable {
      let licence: String?
      init(from decoder: any Decoder) throws {
        let container = try? decoder.container(keyedBy: Key.self)
        let several = try? container?.decode([String].self, forKey: .license)
        licence =
          (try? container?.decode(String.self, forKey: .license))
          ?? several?.joined(separator: ", ")
      }
    }
    enum Key: String, CodingKey { case license }
    let sha: String?
    let siblings: [Sibling]
    let tags: [String]?
    let cardData: Card?
  }

  /// Reads the reply to `/api/models/OWNER/REPO/revision/REVISION?blobs=true`.
  ///
  /// - Throws: `HubError.malformedReply`, or `HubError.unsafeName` for a model file with a hostile name.
  package init(json: Data, host: String) throws(HubError) {
    let reply: Reply
    do {
      reply = try JSONDecoder().decode(Reply.self, from: json)
    } catch {
      throw .malformedReply(
        host: host,
        reason: "the listing: \(JSONProblem.sentence(for: error))"
      )
    }
    guard reply.siblings.count <= Self.maximumFileCount else {
      throw .malformedReply(host: host, reason: "the listing names \(reply.siblings.count) files")
    }
    var files: [File] = []
    var folderFiles: [File] = []
    for sibling in reply.siblings {
      let path = sibling.rfilename
      if path.lowercased().hasSuffix(".gguf") {
        files.append(try Self.file(sibling, host: host))
      } else if FolderFileNames.contains(path) {
        folderFiles.append(try Self.file(sibling, host: host))
      }
    }
    self.files = files
    self.folderFiles = folderFiles
    commit = reply.sha.flatMap { NameRules.isWord($0, maximumLength: 64) ? $0 : nil }
    let tag = reply.tags?.first { $0.hasPrefix("license:") }?.dropFirst("license:".count)
    let stated = reply.cardData?.licence ?? tag.map(String.init)
    licence = stated.map { String($0.filter { $0.isASCII && !$0.isNewline }.prefix(100)) }
  }

  private static func file(_ sibling: Reply.Sibling, host: String) throws(HubError) -> File {
    let path = sibling.rfilename
    try NameRules.check(path: path)
    let byteCount = sibling.lfs?.size ?? sibling.size
    if let byteCount, byteCount < 0 {
      throw .malformedReply(host: host, reason: "the listing gives \(path) \(byteCount) bytes")
    }
    let stated = (sibling.lfs?.sha256 ?? sibling.lfs?.oid).map {
      $0.hasPrefix("sha256:") ? String($0.dropFirst("sha256:".count)) : $0
    }
    let sha256 = stated.flatMap { NameRules.isSHA256($0) ? $0.lowercased() : nil }
    return File(path: path, byteCount: byteCount, sha256: sha256)
  }
}
