// Owns: feed-forward layers whose kind differs from block to block.

package import ChaskiTensors

/// A feed-forward layer of any kind, in models that have several.
package struct AnyFeedForward: FeedForward {
  private let layer: any FeedForward

  /// The layer `layer`.
  package init(_ layer: any FeedForward) {
    self.layer = layer
  }

  package func callAsFunction(_ x: LinearInput, addingTo sum: Tensor, on backend: CPUBackend) {
    layer(x, addingTo: sum, on: backend)
  }
}
