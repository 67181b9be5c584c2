// Owns: which Mirostat runs, if any.

/// Which version of Mirostat chooses the tokens, by the number users give.
package enum MirostatVersion: Int, Sendable, Codable, CaseIterable {
  /// The truncation stages decide.
  case off = 0
  /// Top-k with k from an estimate of the Zipf exponent.
  case one = 1
  /// Truncation at a surprise.
  case two = 2
}
