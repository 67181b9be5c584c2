// Owns: the sizes that every decoder has, read and checked. Does not own: what only some have.

import ChaskiCheckpoints
import ChaskiTensors

/// The sizes of a decoder of equal blocks.
struct DecoderShape {
  let blockCount: Int  // L
  let embeddingLength: Int  // D
  let headCount: Int  // H
  let keyValueHeadCounts: [Int]  // K of each layer
  let headWidth: Int  // E
  let feedForwardLengths: [Int]  // F of each layer
  let vocabularyCount: Int  // V
  let tokenVectorLength: Int  // D, unless the model projects its tokens' vectors
  let contextLength: Int

  /// No model known comes near these; they keep products of sizes far from overflow.
  static let widthRange = 1...(1 << 20)

  init(from source: ModelSource) throws {
    blockCount = try source.int("block_count", in: 1...4096)
    embeddingLength = try source.int("embedding_length", in: Self.widthRange)
    headCount = try source.int("attention.head_count", in: 1...65_536)
    guard let embedding = source.tensor("token_embd.weight"), embedding.dimensions.count == 2
    else {
      throw ModelError.unsupported(
        feature: "a token_embd.weight tensor of two dimensions",
        file: source.path
      )
    }
    (tokenVectorLength, vocabularyCount) = (embedding.dimensions[0], embedding.dimensions[1])
    contextLength = try source.int("context_length", in: 1...Int(Int32.max))
    feedForwardLengths = try source.intPerLayer(
      "feed_forward_length",
      count: blockCount,
      in: Self.widthRange
    )
    let (headCount, embeddingLength) = (headCount, embeddingLength)
    keyValueHeadCounts = try source.intPerLayer(
      "attention.head_count_kv",
      count: blockCount,
      in: 1...headCount,
      default: headCount
    )
    for count in keyValueHeadCounts where headCount % count != 0 {
      throw ModelError.invalidHyperparameter(
        key: source.key("attention.head_count_kv"),
        value: "\(count)",
        reason: "which does not divide the \(headCount) query heads",
        file: source.path
      )
    }
    if let width = try source.int("attention.key_length") {
      headWidth = try source.int("attention.key_length", in: 1...4096)
      guard try source.int("attention.value_length") ?? width == width else {
        throw ModelError.unsupported(
          feature: "values of another width than keys",
          file: source.path
        )
      }
    } else {
      headWidth = embeddingLength / headCount
      guard headWidth * headCount == embeddingLength else {
        throw ModelError.invalidHyperparameter(
          key: source.key("attention.head_count"),
          value: "\(headCount)",
          reason: "which does not divide the width \(embeddingLength)",
          file: source.path
        )
      }
    }
  }
  /// H * E: the width of all queries of a row.
  var queryWidth: Int { headCount * headWidth }

  /// K * E: the width of all keys of a row in block `index`.
  func keyWidth(_ index: Int) -> Int { keyValueHeadCounts[index] * headWidth }

  /// What blocks keep in the cache, where block i sees `spans[i]`.
  func cacheLayers(spans: [AttentionSpan]) -> [CacheLayout.Layer] {
    zip(keyValueHeadCounts, spans).map { headCount, span in
      CacheLayout.Layer(
        headCount: headCount,
        keyWidth: headWidth,
        valueWidth: headWidth,
        span: span
      )
    }
  }
}
