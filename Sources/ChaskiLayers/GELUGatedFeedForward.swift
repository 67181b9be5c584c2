// Owns: the feed-forward layer gated by a GELU.

package import ChaskiTensors

/// down(gelu(gate(x)) * up(x)), the GeGLU layer with GELU's tanh form. [T, D]
///
/// Source: Shazeer 2020, https://arxiv.org/abs/2002.05202.
package struct GELUGatedFeedForward: Sendable {
  let gateAndUp: ParallelLinear  // [F, D] twice
  let down: Linear  // [D, F]

  /// A layer of these three projections.
  package init(gate: Linear, up: Linear, down: Linear) {
    gateAndUp = ParallelLinear([gate, up])
    self.down = down
  }

  /// The layer's output for `x`. [T, D]
  package func callAsFunction(_ x: LinearInput, on backend: CPUBackend) -> Tensor {
    let projected = gateAndUp(x, on: backend)  // [T, F] twice
    return down(.geluMultiply(gate: projected[0], up: projected[1]), on: backend)
  }
}
