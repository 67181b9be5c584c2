// Owns: the attention of Llama 4's layers that do not see positions.

package import ChaskiTensors
import Foundation

/// Causal self-attention without positions, whose scores grow slowly with the position that asks.
///
/// Over many keys a softmax flattens; queries at position p are multiplied by
/// 1 + scale * ln(1 + floor((p + 1) / length)) against that. Source: Nakanishi 2025,
/// https://arxiv.org/abs/2501.19399, in the steps of Meta 2025,
/// https://github.com/meta-llama/llama-models, models/llama4/model.py.
package struct TemperedAttention: SelfAttention {
  /// How scores grow.
  package struct Temperature: Sendable, Equatable {
    /// What the logarithm counts; 0 keeps scores as they are.
    package let scale: Float
    /// Positions in a step of the logarithm.
    package let length: Int

    /// A temperature; `length` is at least 1.
    package init(scale: Float, length: Int) {
      self.scale = scale
      self.length = length
    }

    /// What multiplies the query at `position`.
    func factor(at position: Int) -> Float {
      1 + scale * Float(log(Double(1 + (position + 1) / length)))
    }
  }

  let projections: AttentionProjections
  let temperature: Temperature

  /// Attention by these projections.
  package init(_ projections: AttentionProjections, temperature: Temperature) {
    self.projections = projections
    self.temperature = temperature
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
    backend.scaleRows(q, by: step.positions.map(temperature.factor))
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
