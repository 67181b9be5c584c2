// Owns: normalisation by mean and variance.

package import ChaskiTensors

/// (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias, for each row. [T, D]
///
/// Source: Ba et al. 2016, https://arxiv.org/abs/1607.06450.
package struct LayerNorm: Norm {
  /// The gain. [D]
  package let weight: Vector
  /// What is added, or nil for nothing. [D]
  package let bias: Vector?
  /// Keeps the root away from zero.
  package let epsilon: Float

  /// A norm with this gain and bias.
  package init(weight: Vector, bias: Vector?, epsilon: Float) {
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }

  /// The normalised rows, for the layers that read them. [T, D]
  package func callAsFunction(_ x: Tensor) -> LinearInput {
    .layerNorm(x, weight: weight, bias: bias, epsilon: epsilon)
  }
}
