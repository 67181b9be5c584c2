// Owns: grouped-query attention that normalises queries and keys head by head.

package import ChaskiTensors

/// Causal self-attention over K key/value heads; each head of q and k is scaled to root mean square 1,
/// times a gain, before it is rotated.
///
/// Source: Yang et al. 2025 (Qwen 3), https://arxiv.org/abs/2505.09388; the norm: Dehghani et al. 2023,
/// https://arxiv.org/abs/2302.05442.
package struct NormedQueryAttention: SelfAttention {
  let projections: AttentionProjections
  let queryNorm: RMSNorm  // [E]
  let keyNorm: RMSNorm  // [E]

  /// Attention by these projections and norms.
  ///
  /// The rotary embedding pairs elements (i, i + E / 2).
  package init(_ projections: AttentionProjections, queryNorm: RMSNorm, keyNorm: RMSNorm) {
    self.projections = projections
    self.queryNorm = queryNorm
    self.keyNorm = keyNorm
  }

  /// Adds the layer's output for `x` to `sum`, and keys and values to the cache's `layer`. [T, D]
  package func callAsFunction(
    _ x: LinearInput,
    addingTo sum: Tensor,
    step: Step,
    layer: Int,
    on backend: CPUBackend
  ) {
    let (q, k, v) = projections.split(x, on: backend)  // [T, H * E], [T, K * E] twice
    for (heads, norm) in [(q, queryNorm), (k, keyNorm)] {
      backend.rmsNormHeads(
        heads,
        headWidth: projections.headWidth,
        weight: norm.weight,
        epsilon: norm.epsilon
      )
      backend.rotate(heads, headWidth: projections.headWidth, angles: step.angles, halfSplit: true)
    }
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
