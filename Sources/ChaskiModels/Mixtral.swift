// Owns: the Mixtral architecture: files of architecture "llama" that have experts.

package import ChaskiLayers
package import ChaskiTensors

/// A Llama whose feed-forward layers are mixtures of experts.
///
/// Source: Jiang et al. 2024, https://arxiv.org/abs/2401.04088. GGUF files hold query and key rows in
/// the order that rotates adjacent pairs.
package struct Mixtral: Architecture {
  package static let name = "llama"

  package static func describes(_ source: ModelSource) -> Bool {
    source.architecture == name && source.hasExperts("blk.0.")
  }

  typealias Block = PreNormBlock<RMSNorm, GroupedQueryAttention, MixtureOfExperts>

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
    let mixture = try MixtureShape(
      from: source,
      width: shape.feedForwardLengths.first,
      normalises: true
    )
    blocks = try (0..<shape.blockCount).map { index in
      let block = "blk.\(index)."
      return Block(
        attentionNorm: try source.rmsNorm(block + "attn_norm", count: d, epsilon: epsilon),
        attention: try source.groupedQueryAttention(index, shape, halfSplit: false),
        feedForwardNorm: try source.rmsNorm(block + "ffn_norm", count: d, epsilon: epsilon),
        feedForward: try source.softmaxMixture(block, mixture, depth: d)
      )
    }
    outputNorm = try source.rmsNorm("output_norm", count: d, epsilon: epsilon)
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: d
    )
  }
}
