// Owns: multi-head attention whose query heads share key/value heads.

package import ChaskiTensors

/// Causal self-attention with H query heads over K key/value heads of width E.
///
/// H = K is multi-head attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762), K = 1
/// multi-query; between them: Ainslie et al. 2023, https://arxiv.org/abs/2305.13245.
package struct GroupedQueryAttention: SelfAttention {
  let projections: AttentionProjections
  let halfSplit: Bool

  /// Attention by these projections.
  ///
  /// The rotary embedding pairs elements (2i, 2i + 1), or, if `halfSplit`, (i, i + E / 2).
  package init(_ projections: AttentionProjections, halfSplit: Bool) {
    self.projections = projections
    self.halfSplit = halfSplit
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
    backend.rotate(q, headWidth: projections.headWidth, angles: step.angles, halfSplit: halfSplit)
    backend.rotate(k, headWidth: projections.headWidth, angles: step.angles, halfSplit: halfSplit)
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
