// Owns: what every layer of attention over the cache offers. Does not own: any of them.

package import ChaskiTensors

/// A layer through which a token sees the tokens before it.
package protocol SelfAttention: Sendable {
  /// Adds the layer's output for `x` to `sum`, and what it must remember to the cache's `layer`. [T, D]
  func callAsFunction(
    _ x: LinearInput,
    addingTo sum: Tensor,
    step: Step,
    layer: Int,
    on backend: CPUBackend
  )
}
