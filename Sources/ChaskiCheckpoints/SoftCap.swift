// Owns: how a soft cap that a model does not have is written. Does not own: what caps are for (architectures).

/// Soft caps: cap * tanh(x / cap).
package enum SoftCap {
  /// What stands for a cap that a model does not have, where a missing key would mean the usual one.
  ///
  /// A program that does not know so computes the same: dividing by a power of two is exact, and the hyperbolic
  /// tangent of what is left is its argument.
  package static let none: Float = 0x1p64
}
