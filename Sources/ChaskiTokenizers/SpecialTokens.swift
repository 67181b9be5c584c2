// Owns: which tokens play a special part. Not how they are found in text.

/// The tokens of a vocabulary that play a part of their own.
package struct SpecialTokens: Sendable, Equatable {
  /// Begins a text.
  package var bos: TokenID?
  /// Ends a text.
  package var eos: TokenID?
  /// Ends a turn of a conversation.
  package var eot: TokenID?
  /// Ends a message that waits for a tool.
  package var eom: TokenID?
  /// Stands for text without a token.
  package var unknown: TokenID?
  /// Stands between two texts.
  package var separator: TokenID?
  /// Fills a batch.
  package var padding: TokenID?
  /// Begins a text to be classified or embedded.
  package var classification: TokenID?
  /// Stands for a hidden word.
  package var mask: TokenID?
  /// Comes before the text before a gap; see `Tokenizer.infill` for vocabularies whose files do not say.
  package var infillPrefix: TokenID?
  /// Comes before the text after a gap.
  package var infillSuffix: TokenID?
  /// Comes before what fills a gap.
  package var infillMiddle: TokenID?
  /// Comes before a repository's name.
  package var infillRepository: TokenID?
  /// Comes before a file's name.
  package var infillFile: TokenID?

  /// No special tokens.
  package init() {}
}
