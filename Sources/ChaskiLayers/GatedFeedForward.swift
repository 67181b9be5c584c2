// Owns: the gated feed-forward layer.

package import ChaskiTensors

/// down(silu(gate(x)) * up(x)), the SwiGLU layer. [T, D]
///
/// Source: Shazeer 2020, https://arxiv.org/abs/2002.05202.
package struct GatedFeedForward: FeedForward {
  let gateAndUp: ParallelLinear  // [F, D] twice
  let down: Linear  // [D, F]

  /// A layer of these three projections.
  package init(gate: Linear, up: Linear, down: Linear) {
    gateAndUp = ParallelLinear([gate, up])
    self.down = down
  }

  /// Adds the layer's output for `x` to `sum`. [T, D]
  package func callAsFunction(_ x: LinearInput, addingTo sum: Tensor, on backend: CPUBackend) {
    let projected = gateAndUp(x, on: backend)  // [T, F] twice
    down(
      .siluMultiply(gate: projected[0], up: projected[1]),
      addingTo: sum,
      on: backend
    )
  }
}
