// Owns: root mean square normalisation.

package import ChaskiTensors

/// x / sqrt(mean(x^2) + epsilon) * weight, for each row. [T, D]
///
/// Source: Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467.
package struct RMSNorm: Norm {
  /// The gain. [D]
  package let weight: Vector
  /// Keeps the root away from zero.
  package let epsilon: Float

  /// A norm with this gain.
  package init(weight: Vector, epsilon: Float) {
    self.weight = weight
    self.epsilon = epsilon
  }

  /// The normalised rows, for the layers that read them. [T, D]
  package func callAsFunction(_ x: Tensor) -> LinearInput {
    .rmsNorm(x, weight: weight, epsilon: epsilon)
  }
}
