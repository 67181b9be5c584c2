// Owns: the block of decoders that normalise before each layer. Does not own: the layers.

package import ChaskiTensors

/// x += attention(norm(x)), then x += feedForward(norm(x)). [T, D]
///
/// Source: Radford et al. 2019 (GPT-2); why before and not after: Xiong et al. 2020,
/// https://arxiv.org/abs/2002.04745. A class, so that a step counts one reference a block.
package final class PreNormBlock<
  N: Norm,
  A: SelfAttention,
  F: FeedForward
>: Sendable {
  let attentionNorm: N
  let attention: A
  let feedForwardNorm: N
  let feedForward: F

  /// A block of these layers.
  package init(
    attentionNorm: N,
    attention: A,
    feedForwardNorm: N,
    feedForward: F
  ) {
    self.attentionNorm = attentionNorm
    self.attention = attention
    self.feedForwardNorm = feedForwardNorm
    self.feedForward = feedForward
  }

  /// Changes `x` as the block does; keys and values go to the cache's `layer`. [T, D]
  package func callAsFunction(_ x: Tensor, step: Step, layer: Int, on backend: CPUBackend) {
    attention(attentionNorm(x), addingTo: x, step: step, layer: layer, on: backend)
    feedForward(feedForwardNorm(x), addingTo: x, on: backend)
  }
}
