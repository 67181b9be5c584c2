// Owns: what every feed-forward layer offers. Does not own: any of them.

package import ChaskiTensors

/// A layer that treats every token by itself: dense, or a mixture of experts.
package protocol FeedForward: Sendable {
  /// Adds the layer's output for `x` to `sum`. [T, D]
  func callAsFunction(_ x: LinearInput, addingTo sum: Tensor, on backend: CPUBackend)
}
