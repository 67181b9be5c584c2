// Owns: attention whose kind differs from block to block.

package import ChaskiTensors

/// Attention of any kind, in models that have several.
package struct AnySelfAttention: SelfAttention {
  private let layer: any SelfAttention

  /// The layer `layer`.
  package init(_ layer: any SelfAttention) {
    self.layer = layer
  }

  package func callAsFunction(
    _ x: LinearInput,
    addingTo sum: Tensor,
    step: Step,
    layer index: Int,
    on backend: CPUBackend
  ) {
    layer(x, addingTo: sum, step: step, layer: index, on: backend)
  }
}
