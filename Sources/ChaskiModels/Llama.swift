// Owns: the Llama architecture: LLaMA 1 to 3.2, Code Llama, Vicuna, Mistral, SmolLM and their kin.

package import ChaskiLayers
package import ChaskiTensors

/// A decoder of pre-norm blocks with rotary attention and a gated feed-forward layer.
///
/// Source: Touvron et al. 2023, https://arxiv.org/abs/2302.13971; grouped queries since
/// https://arxiv.org/abs/2307.09288; scaled rotary frequencies since https://arxiv.org/abs/2407.21783.
/// GGUF files hold query and key rows in the order that rotates adjacent pairs.
package struct Llama: Architecture {
  package static let name = "llama"

  /// A class, so that a step counts one reference a block.
  final class Block: Sendable {
    let attentionNorm: RMSNorm
    let attention: GroupedQueryAttention
    let feedForwardNorm: RMSNorm
    let feedForward: GatedFeedForward

    init(
      attentionNorm: RMSNorm,
      attention: GroupedQueryAttention,
      feedForwardNorm: RMSNorm,
      feedForward: GatedFeedForward
    ) {
      self.attentionNorm = attentionNorm
      self.attention = attention
      self.feedForwardNorm = feedForwardNorm
      self.feedForward = feedForward
    }
  }

  package let embeddingLength: Int
  package let vocabularyCount: Int
  package let contextLength: Int
  package let cacheLayers: [CacheLayout.Layer]
  package let rotary: RotaryEmbedding?
  let embedding: Embedding
  let blocks: [Block]
  let outputNorm: RMSNorm
  let output: Linear

  package func logits(_ step: Step, on backend: CPUBackend) -> Tensor {
    let x = embedding(step.tokens, on: backend)  // [T, D]
    for (layer, block) in blocks.enumerated() {
      block.attention(
        block.attentionNorm(x),
        addingTo: x,
        step: step,
        layer: layer,
        on: backend
      )
      block.feedForward(block.feedForwardNorm(x), addingTo: x, on: backend)
    }
    let wanted = backend.gather(x, rows: step.logitRows)  // [R, D]
    return output(outputNorm(wanted), on: backend)  // [R, V]
  }

  package init(from source: ModelSource) throws {
    if let experts = try source.int("expert_count"), experts > 0 {
      throw ModelError.unsupported(
        feature: "mixture of experts (\(experts) experts)",
        file: source.path
      )
    }
    let shape = try LlamaShape(from: source)
    embeddingLength = shape.embeddingLength
    vocabularyCount = shape.vocabularyCount
    contextLength = shape.contextLength
    cacheLayers = shape.keyValueHeadCounts.map {
      CacheLayout.Layer(
        headCount: $0,
        keyWidth: shape.headWidth,
        valueWidth: shape.headWidth
      )
    }
    rotary = try source.rotary(headWidth: shape.headWidth, contextLength: shape.contextLength)
    blocks = try (0..<shape.blockCount).map { try Self.block($0, shape, from: source) }
    outputNorm = try source.rmsNorm(
      "output_norm",
      count: shape.embeddingLength,
      epsilon: shape.epsilon
    )
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: shape.embeddingLength
    )
  }

  private static func block(
    _ index: Int,
    _ shape: LlamaShape,
    from source: ModelSource
  ) throws -> Block {
    let name = "blk.\(index)."
    let d = shape.embeddingLength
    let f = shape.feedForwardLengths[index]
    let queryWidth = shape.headCount * shape.headWidth
    let keyWidth = shape.keyValueHeadCounts[index] * shape.headWidth
    return Block(
      attentionNorm: try source.rmsNorm(name + "attn_norm", count: d, epsilon: shape.epsilon),
      attention: GroupedQueryAttention(
        query: try source.linear(name + "attn_q", rows: queryWidth, depth: d),
        key: try source.linear(name + "attn_k", rows: keyWidth, depth: d),
        value: try source.linear(name + "attn_v", rows: keyWidth, depth: d),
        output: try source.linear(name + "attn_output", rows: d, depth: queryWidth),
        headCount: shape.headCount,
        headWidth: shape.headWidth,
        halfSplit: false
      ),
      feedForwardNorm: try source.rmsNorm(name + "ffn_norm", count: d, epsilon: shape.epsilon),
      feedForward: GatedFeedForward(
        gate: try source.linear(name + "ffn_gate", rows: f, depth: d),
        up: try source.linear(name + "ffn_up", rows: f, depth: d),
        down: try source.linear(name + "ffn_down", rows: d, depth: f)
      )
    )
  }
}
