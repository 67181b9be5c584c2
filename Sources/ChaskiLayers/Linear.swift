// Owns: the affine layer. Does not own: the product itself (CPUBackend).

package import ChaskiTensors

/// y = x W^T + b. x: [T, D], y: [T, rows]
package struct Linear: Sendable {
  /// W. [rows, D]
  package let weight: PackedMatrix
  /// b, or nil for none. [rows]
  package let bias: Vector?
  private let projection: Projection

  /// A layer with these weights.
  package init(weight: PackedMatrix, bias: Vector? = nil) {
    self.weight = weight
    self.bias = bias
    projection = Projection(weight, bias: bias)
  }

  /// x W^T + b. [T, rows]
  package func callAsFunction(_ x: LinearInput, on backend: CPUBackend) -> Tensor {
    backend.linear(x, projection)[0]
  }

  /// Adds x W^T + b to `sum`. [T, rows]
  package func callAsFunction(_ x: LinearInput, addingTo sum: Tensor, on backend: CPUBackend) {
    backend.linear(x, projection, addingTo: sum)
  }
}

/// Several affine layers of one input, in one pass over it.
package struct ParallelLinear: Sendable {
  private let projection: Projection

  /// The layers `layers`, in this order.
  package init(_ layers: [Linear]) {
    projection = Projection(layers.map { ($0.weight, $0.bias) })
  }

  /// x W^T + b of each layer. [T, rows] each
  package func callAsFunction(_ x: LinearInput, on backend: CPUBackend) -> [Tensor] {
    backend.linear(x, projection)
  }
}
