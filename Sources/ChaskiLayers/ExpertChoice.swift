// Owns: one token's visit to one expert.

/// An expert that a token visits, and what its output (or input) counts.
package struct ExpertChoice: Equatable, Sendable {
  /// The expert's index.
  package let expert: Int
  /// What the expert counts.
  package var weight: Float

  /// A visit to `expert`.
  package init(expert: Int, weight: Float) {
    self.expert = expert
    self.weight = weight
  }
}
