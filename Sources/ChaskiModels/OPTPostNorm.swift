// Owns: the architecture of OPT-350M, which differs from the other sizes. Does not own: those (OPT).

package import ChaskiLayers
package import ChaskiTensors

/// A decoder of post-norm blocks, with token vectors narrower than the blocks and no norm at the end.
///
/// Source: Zhang et al. 2022, https://arxiv.org/abs/2205.01068, and the published weights: the paper does not
/// say that one size differs. The norms after a layer have the names GGUF gives BERT's.
package struct OPTPostNorm: Architecture {
  package static let name = OPT.name

  /// x = norm(x + attention(x)), then x = norm(x + feedForward(x)).
  final class Block: Sendable {
    let attention: MultiHeadAttention
    let attentionNorm: LayerNorm
    let feedForward: ReLUFeedForward
    let feedForwardNorm: LayerNorm

    init(
      attention: MultiHeadAttention,
      attentionNorm: LayerNorm,
      feedForward: ReLUFeedForward,
      feedForwardNorm: LayerNorm
    ) {
      self.attention = attention
      self.attentionNorm = attentionNorm
      self.feedForward = feedForward
      self.feedForwardNorm = feedForwardNorm
    }

    func callAsFunction(
      _ x: Tensor,
      step: Step,
      layer: Int,
      on backend: CPUBackend
    ) -> Tensor {
      attention(.tensor(x), addingTo: x, step: step, layer: layer, on: backend)
      let middle = attentionNorm(x, on: backend)  // [T, D]
      feedForward(.tensor(middle), addingTo: middle, on: backend)
      return feedForwardNorm(middle, on: backend)  // [T, D]
    }
  }

  package let embeddingLength: Int
  package let vocabularyCount: Int
  package let contextLength: Int
  package let cacheLayers: [CacheLayout.Layer]
  package var rotary: RotaryEmbedding? { nil }
  package var positionLimit: Int? { contextLength }
  package var stateLength: Int { projectionOut.weight.rows }
  let embedding: Embedding  // [V, D'], D' the width of token vectors
  let projectionIn: Linear  // [D, D']
  let positions: LearnedPositions
  let blocks: [Block]
  let projectionOut: Linear  // [D', D]
  let output: Linear  // [V, D']

  package static func describes(_ source: ModelSource) -> Bool {
    source.architecture == name && source.has("blk.0.attn_output_norm.weight")
  }

  package func hidden(_ step: Step, on backend: CPUBackend) -> Tensor {
    let tokens = embedding(step.tokens, on: backend)  // [T, D']
    var x = projectionIn(.tensor(tokens), on: backend)  // [T, D]
    positions(step.positions, addingTo: x, on: backend)
    step.observer?(.embedding, x)
    for (layer, block) in blocks.enumerated() {
      x = block(x, step: step, layer: layer, on: backend)
      step.observer?(.block(layer), x)
    }
    return x
  }

  package func normed(_ x: Tensor, on backend: CPUBackend) -> LinearInput {
    .tensor(projectionOut(.tensor(x), on: backend))  // [R, D']
  }

  package func logits(of states: LinearInput, on backend: CPUBackend) -> Tensor {
    output(states, on: backend)  // [R, V]
  }

  package init(from source: ModelSource) throws {
    let shape = try DecoderShape(from: source)
    let (d, epsilon) = (shape.embeddingLength, try source.layerNormEpsilon())
    let narrow = shape.tokenVectorLength
    embeddingLength = d
    vocabularyCount = shape.vocabularyCount
    contextLength = shape.contextLength
    cacheLayers = shape.cacheLayers(spans: Array(repeating: .all, count: shape.blockCount))
    positions = try source.learnedPositions(count: shape.contextLength, columns: d)
    projectionIn = try source.linear("token_embd_in", rows: d, depth: narrow)
    blocks = try (0..<shape.blockCount).map { index in
      let name = "blk.\(index)."
      return Block(
        attention: MultiHeadAttention(try source.attentionProjections(index, shape)),
        attentionNorm: try source.layerNorm(name + "attn_output_norm", count: d, epsilon: epsilon),
        feedForward: try source.reluFeedForward(index, shape),
        feedForwardNorm: try source.layerNorm(
          name + "layer_output_norm",
          count: d,
          epsilon: epsilon
        )
      )
    }
    projectionOut = try source.linear("token_embd_out", rows: narrow, depth: d)
    (embedding, output) = try source.embeddingAndOutput(
      vocabularyCount: shape.vocabularyCount,
      embeddingLength: narrow
    )
  }
}
