// Owns: how much one step takes.

/// The bounds of a step, and so of its time.
package struct StepLimits: Sendable {
  /// Sequences that get a token each in one step.
  package var rows: Int
  /// Tokens of prompts in a step in which others get tokens.
  package var promptTokens: Int
  /// Tokens of prompts in a step in which nobody waits for a token.
  package var promptTokensAlone: Int
  /// Sequences in the cache at once, unless teams would lack their share of them.
  package var residents: Int { 2 * rows }

  /// A step of at most `rows` rows.
  package init(rows: Int, promptTokens: Int, promptTokensAlone: Int) {
    self.rows = rows
    self.promptTokens = promptTokens
    self.promptTokensAlone = promptTokensAlone
  }
}
