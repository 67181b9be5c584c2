// Owns: the Llama 4 architecture: the text model of Scout, Maverick and their kin.

package import ChaskiLayers
package import ChaskiTensors

/// A decoder of chunked attention with positions, every fourth layer full attention without, and
/// mixtures of experts in every layer or every second.
///
/// Source: Meta 2025, https://github.com/meta-llama/llama-models, models/llama4. Rotary pairs are
/// adjacent, in Meta's files and GGUF's alike.
package struct Llama4: Architecture {
  package static let name = "llama4"

  typealias Block = PreNormBlock<RMSNorm, AnySelfAttention, AnyFeedForward>

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
    let mixture = try MixtureShape(from: source, width: nil, normalises: false)
    let own = try Llama4Shape(
      from: source,
      blockCount: shape.blockCount,
      expertCount: mixture.expertCount
    )
    embeddingLength = d
    vocabularyCount = shape.vocabularyCount
    contextLength = shape.contextLength
    cacheLayers = shape.cacheLayers(spans: own.spans)
    rotary = try source.rotary(headWidth: shape.headWidth, contextLength: shape.contextLength)
    blocks = try (0..<shape.blockCount).map { index in
      let block = "blk.\(index)."
      let projections = try source.attentionProjections(index, shape)
      return Block(
        attentionNorm: try source.rmsNorm(block + "attn_norm", count: d, epsilon: epsilon),
        attention: AnySelfAttention(own.attention(index, projections, epsilon: epsilon)),
        feedForwardNorm: try source.rmsNorm(block + "ffn_norm", count: d, epsilon: epsilon),
        feedForward: AnyFeedForward(
          source.hasExperts(block)
            ? try Self.mixture(block, mixture, depth: d, from: source)
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

  private static func mixture(
    _ block: String,
    _ shape: MixtureShape,
    depth: Int,
    from source: ModelSource
  ) throws -> InputWeightedMixture {
    InputWeightedMixture(
      logits: try source.routerLogits(block, shape, depth: depth),
      router: SigmoidRouter(chosenCount: shape.chosenCount),
      experts: try source.experts(block, shape, depth: depth),
      shared: try source.sharedExpert(block, width: shape.width, depth: depth)
    )
  }
}
