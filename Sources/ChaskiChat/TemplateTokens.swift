// Owns: the strings of special tokens that templates name.

/// The strings of a tokenizer's special tokens, as templates name them.
package struct TemplateTokens: Sendable, Hashable {
  /// Strings by the names templates use: `bos_token`, `eos_token`, `unk_token`, `pad_token`.
  ///
  /// A name that is missing renders as nothing.
  package var strings: [String: String]
  /// The list that templates name `additional_special_tokens`; nil leaves it undefined.
  package var additional: [String]?

  /// Makes the set from the two tokens that templates use most.
  package init(
    bos: String? = nil,
    eos: String? = nil,
    others: [String: String] = [:],
    additional: [String]? = nil
  ) {
    strings = others
    if let bos { strings["bos_token"] = bos }
    if let eos { strings["eos_token"] = eos }
    self.additional = additional
  }
}
