// Owns: a chosen token with its probability.

/// A token, and the probability it had in the distribution it came from.
package struct TokenChoice: Sendable, Equatable {
  /// The token's id.
  package let token: Int32
  /// Its probability after every stage, from 0 to 1; 1 for a greedy choice.
  package let probability: Double

  /// The token `token`, which had `probability`.
  package init(token: Int32, probability: Double) {
    self.token = token
    self.probability = probability
  }
}
