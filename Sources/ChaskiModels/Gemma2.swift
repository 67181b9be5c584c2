// Owns: the Gemma 2 architecture.

import ChaskiCheckpoints
package import ChaskiLayers
package import ChaskiTensors

/// A decoder of blocks with norms before and after each layer, bounded scores and logits, and every other
/// block sliding.
///
/// Source: Gemma Team 2024, https://arxiv.org/abs/2408.00118. GGUF files hold gains with the published
/// weights' missing 1 added.
package struct Gemma2: Architecture {
  package static let name = "gemma2"

  /// x += norm(attention(norm(x))), then x += norm(feedForward(norm(x))).
  final class Block: Sendable {
    let attentionNorm: RMSNorm
    let attention: CappedAttention
    let postAttentionNorm: RMSNorm
    let feedForwardNorm: RMSNorm
    let feedForward: GELUGatedFeedForward
    let postFeedForwardNorm: RMSNorm

    init(_ index: Int, attention: CappedAttention, _ shape: DecoderShape, from source: ModelSource)
      throws
    {
      let epsilon = try source.rmsEpsilon()
      func norm(_ name: String) throws -> RMSNorm {
        try source.rmsNorm("blk.\(index).\(name)", count: shape.embeddingLength, epsilon: epsilon)
      }
      attentionNorm = try norm("attn_norm")
      self.attention = attention
      postAttentionNorm = try norm("post_attention_norm")
      feedForwardNorm = try norm("ffn_norm")
      feedForward = try source.geluGatedFeedForward(index, shape)
      postFeedForwardNorm = try norm("post_ffw_norm")
    }

    func callAsFunction(_ x: Tensor, step: Step, layer: Int, on backend: CPUBackend) {
      let h = attention(attentionNorm(x), step: step, layer: layer, on: backend)  // [T, D]
      backend.add(postAttentionNorm(h, on: backend), to: x)
      let f = feedForward(feedForwardNorm(x), on: backend)  // [T, D]
      backend.add(postFeedForwardNorm(f, on: backend), to: x)
    }
  }

  package let embeddingLength: Int
  package let vocabularyCount: Int
  package let contextLength: Int
  package let cacheLayers: [CacheLayout.Layer]
  package let rotary: RotaryEmbedding?
  let embedding: Embedding
  let embeddingScale: Float
  let blocks: [Block]
  let outputNorm: RMSNorm
  let output: Linear
  let logitCap: Float?

  package func hidden(_ step: Step, on backend: CPUBackend) -> Tensor {
    let x = embedding(step.tokens, on: backend)  // [T, D]
    backend.scale(x, by: embeddingScale)
    step.observer?(.embedding, x)
    for (layer, block) in blocks.enumerated() {
      block(x, step: step, layer: layer, on: backend)
      step.observer?(.block(layer), x)
    }
    return x
  }

  package func normed(_ x: Tensor, on backend: CPUBackend) -> LinearInput { outputNorm(x) }

  package func logits(of states: LinearInput, on backend: CPUBackend) -> Tensor {
    let logits = output(states, on: backend)  // [R, V]
    if let logitCap { backend.softCap(logits, at: logitCap) }
    return logits
  }

  package init(from source: ModelSource) throws {
    let shape = try DecoderShape(from: source)
    let d = shape.embeddingLength
    embeddingLength = d
    vocabularyCount = shape.vocabularyCount
    contextLength = shape.contextLength
    cacheLayers = shape.cacheLayers(
      spans: try source.spans(count: shape.blockCount, defaultWindow: 4096) { $0 % 2 == 0 }
    )
    rotary = try source.rotary(headWidth: shape.headWidth, contextLength: shape.contextLength)
    embeddingScale =
      try source.float("embedding_scale", in: 0.001...1e6) ?? Float(d).squareRoot()
    let scale = try source.float("attention.scale", in: 1e-6...1e6) ?? Self.scoreScale(shape)
    let cap = try Self.cap("attn_logit_softcapping", usual: 50, from: source)
    blocks = try (0..<shape.blockCount).map { index in
      let attention = CappedAttention(
        try source.attentionProjections(index, shape),
        scale: scale,
        cap: cap
      )
      return try Block(index, attention: attention, shape, from: source)
    }
    outputNorm = try source.rmsNorm("output_norm", count: d, epsilon: try source.rmsEpsilon())
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: d
    )
    logitCap = try Self.cap("final_logit_softcapping", usual: 30, from: source)
  }

  /// The cap that `name` says, `usual` without it, nil where it says that there is none.
  private static func cap(
    _ name: String,
    usual: Float,
    from source: ModelSource
  ) throws -> Float? {
    let cap = try source.float(name, in: 0.001...Float.greatestFiniteMagnitude) ?? usual
    return cap < SoftCap.none ? cap : nil
  }

  /// What scores are multiplied with where the file does not say: the published sizes' own numbers.
  ///
  /// The largest, of 46 blocks, divides by the root of D / H, the others by that of E.
  private static func scoreScale(_ shape: DecoderShape) -> Float {
    let width =
      shape.blockCount == 46 ? shape.embeddingLength / shape.headCount : shape.headWidth
    return 1 / Float(max(width, 1)).squareRoot()
  }
}
