// Owns: the affine layer. Does not own: the product itself (CPUBackend).

package import ChaskiTensors

/// y = x W^T + b. x: [T, D], y: [T, rows]
package struct Linear: Sendable {
  /// W. [rows, D]
  package let weight: PackedMatrix
  /// b, or nil for none. [rows]
  package let bias: Vector?

  /// A layer with these weights.
  package init(weight: PackedMatrix, bias: Vector? = nil) {
    self.weight = weight
    self.bias = bias
  }

  /// x W^T + b. [T, rows]
  package func callAsFunction(_ x: LinearInput, on backend: CPUBackend) -> Tensor {
    backend.linear(x, weight, bias: bias)
  }

  /// Adds x W^T + b to `sum`. [T, rows]
  package func callAsFunction(_ x: LinearInput, addingTo sum: Tensor, on backend: CPUBackend) {
    backend.linear(x, weight, bias: bias, addingTo: sum)
  }

  /// Several layers of one input, in one pass over it. [T, rows] each
  package static func parallel(
    _ layers: [Linear],
    _ x: LinearInput,
    on backend: CPUBackend
  ) -> [Tensor] {
    backend.linear(x, layers.map { ($0.weight, $0.bias) })
  }
}
