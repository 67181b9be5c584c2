// Owns: attention whose queries and keys carry no positions of their own.

package import ChaskiTensors

/// Causal self-attention with H heads of width E and nothing rotated: positions are in the input.
///
/// Source: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762.
package struct MultiHeadAttention: SelfAttention {
  let projections: AttentionProjections

  /// Attention by these projections.
  package init(_ projections: AttentionProjections) {
    self.projections = projections
  }

  /// Adds the layer's output for `x` to `sum`, and keys and values to the cache's `layer`. [T, D]
  package func callAsFunction(
    _ x: LinearInput,
    addingTo sum: Tensor,
    step: Step,
    layer: Int,
    on backend: CPUBackend
  ) {
    let (q, k, v) = projections.split(x, on: backend)  // [T, H * E] three times
    backend.store(keys: k, values: v, runs: step.runs, layer: layer)
    let h = backend.attend(
      queries: q,
      headCount: projections.headCount,
      runs: step.runs,
      layer: layer,
      scale: 1 / Float(projections.headWidth).squareRoot()
    )  // [T, H * E]
    projections.join(h, addingTo: sum, on: backend)
  }
}
