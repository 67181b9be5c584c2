// Owns: the Qwen 3 architecture with experts. Does not own: the dense one.

package import ChaskiLayers
package import ChaskiTensors

/// Qwen 3's decoder whose feed-forward layers, or most of them, are mixtures of experts.
///
/// Source: Yang et al. 2025, https://arxiv.org/abs/2505.09388.
package struct Qwen3MoE: Architecture {
  package static let name = "qwen3moe"

  typealias Block = PreNormBlock<RMSNorm, NormedQueryAttention, AnyFeedForward>

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
    let shape = try DecoderShape(from: source)
    let (d, epsilon) = (shape.embeddingLength, try source.rmsEpsilon())
    embeddingLength = d
    vocabularyCount = shape.vocabularyCount
    contextLength = shape.contextLength
    cacheLayers = shape.cacheLayers(spans: try source.spans(count: shape.blockCount))
    rotary = try source.rotary(headWidth: shape.headWidth, contextLength: shape.contextLength)
    let mixture = try MixtureShape(from: source, width: nil, normalises: true)
    blocks = try (0..<shape.blockCount).map { index in
      let block = "blk.\(index)."
      return Block(
        attentionNorm: try source.rmsNorm(block + "attn_norm", count: d, epsilon: epsilon),
        attention: try source.normedQueryAttention(index, shape, epsilon: epsilon),
        feedForwardNorm: try source.rmsNorm(block + "ffn_norm", count: d, epsilon: epsilon),
        feedForward: AnyFeedForward(
          source.hasExperts(block)
            ? try source.softmaxMixture(block, mixture, depth: d)
            : try source.gatedFeedForward(index, shape)
        )
      )
    }
    outputNorm = try source.rmsNorm("output_norm", count: d, epsilon: epsilon)
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: d
    )
  }
}
