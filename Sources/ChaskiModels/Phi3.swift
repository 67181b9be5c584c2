// Owns: the Phi-3 architecture: Phi-3, Phi-3.5 and Phi-4.

package import ChaskiLayers
package import ChaskiTensors

/// Llama's decoder with queries, keys and values in one matrix of the file, gate and up in another, rotated in
/// half-split pairs.
///
/// Source: Abdin et al. 2024, https://arxiv.org/abs/2404.14219; contexts of 128K by other factors for each
/// pair: Ding et al. 2024 (LongRoPE), https://arxiv.org/abs/2402.13753.
package struct Phi3: Architecture {
  package static let name = "phi3"

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
        attention: GroupedQueryAttention(
          try source.fusedAttentionProjections(index, shape),
          halfSplit: true
        ),
        feedForwardNorm: try source.rmsNorm("blk.\(index).ffn_norm", count: d, epsilon: epsilon),
        feedForward: try Self.feedForward(index, shape, from: source)
      )
    }
    outputNorm = try source.rmsNorm("output_norm", count: d, epsilon: epsilon)
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: d
    )
  }

  private static func feedForward(
    _ index: Int,
    _ shape: DecoderShape,
    from source: ModelSource
  ) throws -> GatedFeedForward {
    let (d, f) = (shape.embeddingLength, shape.feedForwardLengths[index])
    let fused = try source.fusedLinear("blk.\(index).ffn_up", rows: [f, f], depth: d)
    return GatedFeedForward(
      gate: fused[0],
      up: fused[1],
      down: try source.linear("blk.\(index).ffn_down", rows: d, depth: f)
    )
  }
}
