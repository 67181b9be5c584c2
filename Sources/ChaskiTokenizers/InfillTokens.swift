// Owns: the tokens with which models fill a gap in a text. Not here: putting a prompt together.

/// The tokens around the text before a gap, after it, and in it.
///
/// Source: Bavarian et al. 2022, https://arxiv.org/abs/2207.14255; with a repository's files before:
/// Hui et al. 2024, https://arxiv.org/abs/2409.12186.
package struct InfillTokens: Sendable, Equatable {
  /// Comes before the text before the gap.
  package let prefix: TokenID
  /// Comes before the text after the gap.
  package let suffix: TokenID
  /// Comes before what fills the gap.
  package let middle: TokenID
  /// Comes before a repository's name, if the model knows repositories.
  package let repository: TokenID?
  /// Comes before a file's name, if the model knows files.
  package let file: TokenID?
}

extension Tokenizer {
  /// The tokens for filling gaps: those that the file names, else those of the names that models use; nil without.
  package var infill: InfillTokens? {
    for names in [[]] + Self.infillNames {
      func find(_ own: TokenID?, _ index: Int) -> TokenID? {
        names.isEmpty ? own : own ?? id(of: names[index])
      }
      guard let prefix = find(special.infillPrefix, 0), let suffix = find(special.infillSuffix, 1),
        let middle = find(special.infillMiddle, 2)
      else { continue }
      return InfillTokens(
        prefix: prefix,
        suffix: suffix,
        middle: middle,
        repository: special.infillRepository ?? Self.firstID(of: Self.repositoryNames, in: self),
        file: special.infillFile ?? Self.firstID(of: Self.fileNames, in: self)
      )
    }
    return nil
  }

  /// Before, after, within: Qwen, StarCoder and Granite, others of theirs, DeepSeek, Code Llama (whose spaces are
  /// spelled either way), GLM, Falcon.
  private static let infillNames = [
    ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
    ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
    ["<fim-prefix>", "<fim-suffix>", "<fim-middle>"],
    ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
    ["▁<PRE>", "▁<SUF>", "▁<MID>"], [" <PRE>", " <SUF>", " <MID>"], ["<PRE>", "<SUF>", "<MID>"],
    ["<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"],
    ["<|prefix|>", "<|suffix|>", "<|middle|>"],
  ]
  private static let repositoryNames = [
    "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<repo_name>",
  ]
  private static let fileNames = ["<|file_sep|>", "<file_sep>"]

  private static func firstID(of names: [String], in tokenizer: Tokenizer) -> TokenID? {
    for name in names { if let id = tokenizer.id(of: name) { return id } }
    return nil
  }
}
