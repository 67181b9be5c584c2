// Owns: grouped-query attention with bounded scores and a scale of its own.

package import ChaskiTensors

/// Causal self-attention over K key/value heads, of scores cap * tanh(scale * q k^T / cap), or, without a
/// cap, scale * q k^T.
///
/// Source: Gemma Team 2024, https://arxiv.org/abs/2408.00118.
package struct CappedAttention: Sendable {
  let projections: AttentionProjections
  let scale: Float
  let cap: Float?

  /// Attention by these projections.
  ///
  /// The rotary embedding pairs elements (i, i + E / 2).
  package init(_ projections: AttentionProjections, scale: Float, cap: Float?) {
    self.projections = projections
    self.scale = scale
    self.cap = cap
  }

  /// The layer's output for `x`; keys and values go to the cache's `layer`. [T, D]
  package func callAsFunction(
    _ x: LinearInput,
    step: Step,
    layer: Int,
    on backend: CPUBackend
  ) -> Tensor {
    let (q, k, v) = projections.split(x, on: backend)  // [T, H * E], [T, K * E] twice
    backend.rotate(q, headWidth: projections.headWidth, angles: step.angles, halfSplit: true)
    backend.rotate(k, headWidth: projections.headWidth, angles: step.angles, halfSplit: true)
    backend.store(keys: k, values: v, runs: step.runs, layer: layer)
    let h = backend.attend(
      queries: q,
      headCount: projections.headCount,
      runs: step.runs,
      layer: layer,
      scale: scale,
      softCap: cap
    )  // [T, H * E]
    return projections.join(h, on: backend)
  }
}
