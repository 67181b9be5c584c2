// Owns: the feed-forward layer that cuts at zero between two projections.

package import ChaskiTensors

/// down(max(0, up(x))). [T, D]
///
/// Source: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762.
package struct ReLUFeedForward: FeedForward {
  let up: Linear  // [F, D]
  let down: Linear  // [D, F]

  /// A layer of these two projections.
  package init(up: Linear, down: Linear) {
    self.up = up
    self.down = down
  }

  /// Adds the layer's output for `x` to `sum`. [T, D]
  package func callAsFunction(_ x: LinearInput, addingTo sum: Tensor, on backend: CPUBackend) {
    down(.relu(up(x, on: backend)), addingTo: sum, on: backend)
  }
}
