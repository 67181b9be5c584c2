// Owns: which tokens end an answer, by their names. Not what a file itself says (eos, eot, eom).

/// The names of tokens at which an answer is over.
///
/// Files name one or two such tokens; models use more. Source: the list in llama.cpp's `llama-vocab.cpp`, which
/// also has the names that separate files in code models.
enum EndOfGeneration {
  private static let names: Set<String> = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|calls|>", "<|flush|>",
    "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
    "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
    "<｜end▁of▁sentence｜>", "[e~[", "<|eot|>", "<|eom|>",
    "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<|fim_repo|>", "<|repo_name|>", "<fim-repo>",
    "<REPO>", "<reponame>", "<|file_sep|>",
  ]
  /// Parts of gpt-oss's messages that are text to whoever reads them.
  private static let shownMarks: Set<String> = [
    "<|channel|>", "<|message|>", "<|start|>", "<|constrain|>",
  ]
  private static let longestName = 32

  /// Finds the tokens that end an answer, by the pieces as the file spells them, and marks them as control tokens.
  static func find(
    _ spelled: StringTable,
    _ special: SpecialTokens,
    kinds: inout [TokenKind],
    includesText: Bool = false
  ) -> Set<TokenID> {
    var found: [String: Int] = [:]
    for id in 0..<spelled.count {
      guard includesText || kinds[id] != .normal else { continue }
      let range = spelled.range(id)
      guard range.count >= 4, range.count <= longestName else { continue }
      let first = spelled.bytes[range.lowerBound]
      guard first == 0x3C || first == 0x5B || first == 0x5F else { continue }
      let last = spelled.bytes[range.upperBound - 1]
      guard last == 0x3E || last == 0x5D || last == 0x5B else { continue }
      let name = spelled.text(id)
      if names.contains(name) { found[name] = id }
      if shownMarks.contains(name) { kinds[id] = .userDefined }
    }
    // Where a call or a return ends an answer, <|end|> only ends a part of one.
    let calls = found["<|call|>"] != nil || found["<|calls|>"] != nil
    if calls, found["<|return|>"] != nil || found["<|flush|>"] != nil,
      let end = found.removeValue(forKey: "<|end|>")
    {
      kinds[end] = .userDefined
    }
    // Gemma 4 has <turn|> and uses </s> as a tag of text.
    if found["<|tool_response>"] != nil, let tag = found.removeValue(forKey: "</s>") {
      kinds[tag] = .normal
    }
    for id in found.values { kinds[id] = .control }
    var ids = Set(found.values.map { TokenID($0) })
    for id in [special.eos, special.eot, special.eom] {
      if let id { ids.insert(id) }
    }
    return ids
  }
}
