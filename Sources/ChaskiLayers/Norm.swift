// Owns: what blocks ask of a norm. Does not own: any norm (RMSNorm, LayerNorm).

package import ChaskiTensors

/// A layer that brings every row to one scale.
package protocol Norm: Sendable {
  /// The normalised rows, for the layers that read them. [T, D]
  func callAsFunction(_ x: Tensor) -> LinearInput
}

extension Norm {
  /// The normalised rows as a tensor of their own. [T, D]
  package func callAsFunction(_ x: Tensor, on backend: CPUBackend) -> Tensor {
    backend.floats(of: self(x))
  }
}
