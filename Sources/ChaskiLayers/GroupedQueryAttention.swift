// Owns: multi-head attention whose query heads share key/value heads.

package import ChaskiTensors

/// Causal self-attention with H query heads over K key/value heads of width E.
///
/// H = K is multi-head attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762), K = 1
/// multi-query; between them: Ainslie et al. 2023, https://arxiv.org/abs/2305.13245.
package struct GroupedQueryAttention: Sendable {
  let projections: ParallelLinear  // [H * E, D], [K * E, D], [K * E, D]
  let output: Linear  // [D, H * E]
  let headCount: Int
  let headWidth: Int
  let halfSplit: Bool

  /// Attention by these projections, with `headCount` H and `headWidth` E.
  ///
  /// The rotary embedding pairs elements (2i, 2i + 1), or, if `halfSplit`, (i, i + E / 2).
  package init(
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    headCount: Int,
    headWidth: Int,
    halfSplit: Bool
  ) {
    projections = ParallelLinear([query, key, value])
    self.output = output
    self.headCount = headCount
    self.headWidth = headWidth
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
    let projected = projections(x, on: backend)
    let q = projected[0]  // [T, H * E]
    let (k, v) = (projected[1], projected[2])  // [T, K * E]
    backend.rotate(q, headWidth: headWidth, angles: step.angles, halfSplit: halfSplit)
    backend.rotate(k, headWidth: headWidth, angles: step.angles, halfSplit: halfSplit)
    backend.store(keys: k, values: v, runs: step.runs, layer: layer)
    let h = backend.attend(
      queries: q,
      headCount: headCount,
      runs: step.runs,
      layer: layer,
      scale: 1 / Float(headWidth).squareRoot()
    )  // [T, H * E]
    output(.tensor(h), addingTo: sum, on: backend)
  }
}
