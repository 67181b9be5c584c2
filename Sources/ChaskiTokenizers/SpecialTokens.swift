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

  /// No special tokens.
  package init() {}
}
