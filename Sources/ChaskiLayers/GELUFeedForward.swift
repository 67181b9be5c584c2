// Owns: the feed-forward layer with one GELU between two projections.

package import ChaskiTensors

/// down(gelu(up(x))), with GELU's tanh form. [T, D]
///
/// Source: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415.
package struct GELUFeedForward: FeedForward {
  let up: Linear  // [F, D]
  let down: Linear  // [D, F]

  /// A layer of these two projections.
  package init(up: Linear, down: Linear) {
    self.up = up
    self.down = down
  }

  /// Adds the layer's output for `x` to `sum`. [T, D]
  package func callAsFunction(_ x: LinearInput, addingTo sum: Tensor, on backend: CPUBackend) {
    down(.gelu(up(x, on: backend)), addingTo: sum, on: backend)
  }
}
