// Owns: the architecture of DeepSeek-V2, V2-Lite, V3 and R1.

package import ChaskiLayers
package import ChaskiTensors

/// A decoder of latent attention and mixtures of many small experts, behind a few dense blocks.
///
/// Source: DeepSeek-AI 2024, https://arxiv.org/abs/2405.04434 (V2) and https://arxiv.org/abs/2412.19437
/// (V3). Rotary pairs are adjacent. Blocks that predict more than one token are left out.
package struct DeepSeek: Architecture {
  package static let name = "deepseek2"

  typealias Block = PreNormBlock<RMSNorm, LatentAttention, AnyFeedForward>

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
    let shape = try DeepSeekShape(from: source)
    let (d, epsilon) = (shape.embeddingLength, shape.epsilon)
    embeddingLength = d
    vocabularyCount = shape.vocabularyCount
    contextLength = shape.contextLength
    cacheLayers = Array(repeating: shape.attention.cacheLayer, count: shape.blockCount)
    let (rotary, scale) = try source.latentRotary(
      shape: shape.attention,
      contextLength: shape.contextLength
    )
    self.rotary = rotary
    blocks = try (0..<shape.blockCount).map { index in
      let block = "blk.\(index)."
      return Block(
        attentionNorm: try source.rmsNorm(block + "attn_norm", count: d, epsilon: epsilon),
        attention: try Self.attention(block, shape, scale: scale, from: source),
        feedForwardNorm: try source.rmsNorm(block + "ffn_norm", count: d, epsilon: epsilon),
        feedForward: AnyFeedForward(
          index < shape.denseBlockCount
            ? try source.gatedFeedForward(block, width: shape.feedForwardLength, depth: d)
            : try Self.mixture(block, shape, from: source)
        )
      )
    }
    outputNorm = try source.rmsNorm("output_norm", count: d, epsilon: epsilon)
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: d
    )
  }

  private static func attention(
    _ name: String,
    _ shape: DeepSeekShape,
    scale: Float,
    from source: ModelSource
  ) throws -> LatentAttention {
    let d = shape.embeddingLength
    let heads = shape.attention
    let queryRows = heads.headCount * heads.queryWidth
    let down: Linear
    let query: LatentAttention.Query
    if let width = shape.queryLatentWidth {
      down = try source.linear(name + "attn_q_a", rows: width, depth: d)
      query = .compressed(
        norm: try source.rmsNorm(
          name + "attn_q_a_norm",
          count: width,
          epsilon: DeepSeekShape.latentEpsilon
        ),
        up: try source.linear(name + "attn_q_b", rows: queryRows, depth: width)
      )
    } else {
      down = try source.linear(name + "attn_q", rows: queryRows, depth: d)
      query = .plain
    }
    let (keys, values) = try source.latentHeads(name, shape: heads)
    return LatentAttention(
      shape: heads,
      queryDown: down,
      query: query,
      latent: try source.linear(name + "attn_kv_a_mqa", rows: heads.cacheWidth, depth: d),
      latentNorm: try source.rmsNorm(
        name + "attn_kv_a_norm",
        count: heads.latentWidth,
        epsilon: DeepSeekShape.latentEpsilon
      ),
      keys: keys,
      values: values,
      output: try source.linear(
        name + "attn_output",
        rows: d,
        depth: heads.headCount * heads.valueWidth
      ),
      scale: scale
    )
  }

  private static func mixture(
    _ name: String,
    _ shape: DeepSeekShape,
    from source: ModelSource
  ) throws -> MixtureOfExperts {
    let d = shape.embeddingLength
    let mixture = try MixtureShape(from: source, width: nil, normalises: false)
    return MixtureOfExperts(
      logits: try source.routerLogits(name, mixture, depth: d),
      router: try router(name, mixture, from: source),
      experts: try source.experts(name, mixture, depth: d),
      shared: shape.sharedExpertCount == 0
        ? nil
        : try source.sharedExpert(
          name,
          width: mixture.width * shape.sharedExpertCount,
          depth: d
        )
    )
  }

  /// V2-Lite's router, V2's or V3's.
  private static func router(
    _ name: String,
    _ mixture: MixtureShape,
    from source: ModelSource
  ) throws -> any Router {
    let bias = name + "exp_probs_b.bias"
    switch try source.int("expert_gating_func", in: 0...4, default: 1) {
    case 0, 1:
      guard mixture.groups.count > 1 else {
        return SoftmaxRouter(chosenCount: mixture.chosenCount, weighting: mixture.weighting)
      }
      return GroupLimitedRouter(
        chosenCount: mixture.chosenCount,
        groups: mixture.groups,
        weighting: mixture.weighting
      )
    case 2:
      return BiasCorrectedRouter(
        chosenCount: mixture.chosenCount,
        groups: mixture.groups,
        bias: source.has(bias)
          ? try source.vector(bias, count: mixture.expertCount)
          : try Vector(Array(repeating: 0, count: mixture.expertCount)),
        weighting: mixture.weighting
      )
    case let other:
      throw ModelError.unsupported(
        feature: "experts chosen by function \(other)",
        file: source.path
      )
    }
  }
}
