// Owns: the attention of Llama 4's layers that see positions, where it normalises queries and keys.

package import ChaskiTensors

/// Causal self-attention whose rotated queries and keys are scaled to root mean square 1, head by head.
///
/// The norm has no weights and comes after the rotation, which it commutes with. Source: Meta 2025,
/// https://github.com/meta-llama/llama-models, models/llama4/model.py.
package struct RotaryThenNormAttention: SelfAttention {
  let projections: AttentionProjections
  let epsilon: Float

  /// Attention by these projections, over pairs (2i, 2i + 1).
  package init(_ projections: AttentionProjections, epsilon: Float) {
    self.projections = projections
    self.epsilon = epsilon
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
    let e = projections.headWidth
    for heads in [q, k] {
      backend.rotate(heads, headWidth: e, angles: step.angles, halfSplit: false)
      backend.rmsNormHeads(heads, headWidth: e, weight: nil, epsilon: epsilon)
    }
    backend.store(keys: k, values: v, runs: step.runs, layer: layer)
    let h = backend.attend(
      queries: q,
      headCount: projections.headCount,
      runs: step.runs,
      layer: layer,
      scale: 1 / Float(e).squareRoot()
    )  // [T, H * E]
    projections.join(h, addingTo: sum, on: backend)
  }
}
