// Owns: the Llama architecture: LLaMA 1 to 3.2, Code Llama, Vicuna, Mistral, SmolLM and their kin.

package import ChaskiLayers
package import ChaskiTensors

/// A decoder of pre-norm blocks with rotary attention and a gated feed-forward layer.
///
/// Source: Touvron et al. 2023, https://arxiv.org/abs/2302.13971; grouped queries since
/// https://arxiv.org/abs/2307.09288; scaled rotary frequencies since https://arxiv.org/abs/2407.21783;
/// with a sliding window: Jiang et al. 2023 (Mistral), https://arxiv.org/abs/2310.06825.
/// GGUF files hold query and key rows in the order that rotates adjacent pairs.
package struct Llama: Architecture {
  package static let name = "llama"

  typealias Block = PreNormBlock<RMSNorm, GroupedQueryAttention, GatedFeedForward>

  package let embeddingLength: Int
  package let vocabularyCount: Int
  package let contextLength: Int
  package let cacheLayers: [CacheLayout.Layer]
  package let rotary: RotaryEmbedding?
  let embedding: Embedding
  let blocks: [Block]
  let outputNorm: RMSNorm
  let output: Linear

  package func hidden(_ step: Step, on backend: CPUBackend) -> Tensor {
    let x = embedding(step.tokens, on: backend)  // [T, D]
    step.observer?(.embedding, x)
    for (layer, block) in blocks.enumerated() {
      block(x, step: step, layer: layer, on: backend)
      step.observer?(.block(layer), x)
    }
    return x
  }

  package func normed(_ x: Tensor, on backend: CPUBackend) -> LinearInput { outputNorm(x) }

  package func logits(of states: LinearInput, on backend: CPUBackend) -> Tensor {
    output(states, on: backend)  // [R, V]
  }

  package init(from source: ModelSource) throws {
    if let experts = try source.int("expert_count"), experts > 0 {
      throw ModelError.unsupported(
        feature: "mixture of experts (\(experts) experts)",
        file: source.path
      )
    }
    let shape = try DecoderShape(from: source)
    let (d, epsilon) = (shape.embeddingLength, try source.rmsEpsilon())
    embeddingLength = d
    vocabularyCount = shape.vocabularyCount
    contextLength = shape.contextLength
    cacheLayers = shape.cacheLayers(spans: try source.spans(count: shape.blockCount))
    rotary = try source.rotary(headWidth: shape.headWidth, contextLength: shape.contextLength)
    blocks = try (0..<shape.blockCount).map { index in
      Block(
        attentionNorm: try source.rmsNorm("blk.\(index).attn_norm", count: d, epsilon: epsilon),
        attention: try source.groupedQueryAttention(index, shape, halfSplit: false),
        feedForwardNorm: try source.rmsNorm("blk.\(index).ffn_norm", count: d, epsilon: epsilon),
        feedForward: try source.gatedFeedForward(index, shape)
      )
    }
    outputNorm = try source.rmsNorm("output_norm", count: d, epsilon: epsilon)
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: d
    )
  }
}
