// Owns: the GPT-2 architecture.

package import ChaskiLayers
package import ChaskiTensors

/// A decoder of pre-norm blocks with learned positions, affine norms and one GELU.
///
/// Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners". GGUF files keep
/// queries, keys and values in one matrix, rows in this order, transposed from the published [in, out].
package struct GPT2: Architecture {
  package static let name = "gpt2"

  typealias Block = PreNormBlock<LayerNorm, MultiHeadAttention, GELUFeedForward>

  package let embeddingLength: Int
  package let vocabularyCount: Int
  package let contextLength: Int
  package let cacheLayers: [CacheLayout.Layer]
  package var rotary: RotaryEmbedding? { nil }
  package var positionLimit: Int? { contextLength }
  let embedding: Embedding
  let positions: LearnedPositions
  let blocks: [Block]
  let outputNorm: LayerNorm
  let output: Linear

  package func hidden(_ step: Step, on backend: CPUBackend) -> Tensor {
    let x = embedding(step.tokens, on: backend)  // [T, D]
    positions(step.positions, addingTo: x, on: backend)
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
    let (d, epsilon) = (shape.embeddingLength, try source.layerNormEpsilon())
    embeddingLength = d
    vocabularyCount = shape.vocabularyCount
    contextLength = shape.contextLength
    cacheLayers = shape.cacheLayers(spans: Array(repeating: .all, count: shape.blockCount))
    positions = try source.learnedPositions(count: shape.contextLength, columns: d)
    blocks = try (0..<shape.blockCount).map { index in
      let name = "blk.\(index)."
      return Block(
        attentionNorm: try source.layerNorm(name + "attn_norm", count: d, epsilon: epsilon),
        attention: MultiHeadAttention(try source.fusedAttentionProjections(index, shape)),
        feedForwardNorm: try source.layerNorm(name + "ffn_norm", count: d, epsilon: epsilon),
        feedForward: try source.geluFeedForward(index, shape)
      )
    }
    outputNorm = try source.layerNorm("output_norm", count: d, epsilon: epsilon)
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: d
    )
  }
}
