// Owns: the hyperparameters of DeepSeek-V2 and V3, read and checked.

import ChaskiCheckpoints
import ChaskiLayers

/// The sizes of a DeepSeek-V2 or V3.
struct DeepSeekShape {
  let blockCount: Int  // L
  let embeddingLength: Int  // D
  let attention: LatentAttention.Shape
  let queryLatentWidth: Int?
  let feedForwardLength: Int  // F of dense blocks
  let denseBlockCount: Int
  let sharedExpertCount: Int
  let vocabularyCount: Int  // V
  let contextLength: Int
  let epsilon: Float

  /// What the norms inside attention keep the root away from zero with, whatever the others do.
  static let latentEpsilon: Float = 1e-6

  private static let widthRange = 1...(1 << 20)

  init(from source: ModelSource) throws {
    let all = try source.int("block_count", in: 1...4096)
    // Blocks that predict further tokens stand behind the model's own.
    blockCount = all - (try source.int("nextn_predict_layers", in: 0...all - 1, default: 0))
    embeddingLength = try source.int("embedding_length", in: Self.widthRange)
    queryLatentWidth = try source.int("attention.q_lora_rank").map { _ in
      try source.int("attention.q_lora_rank", in: Self.widthRange)
    }
    attention = try Self.attention(from: source)
    feedForwardLength = try source.intPerLayer(
      "feed_forward_length",
      count: all,
      in: Self.widthRange
    )[0]
    denseBlockCount = try source.int("leading_dense_block_count", in: 0...all, default: 0)
    sharedExpertCount = try source.int("expert_shared_count", in: 0...1024, default: 0)
    guard let embedding = source.tensor("token_embd.weight"), embedding.dimensions.count == 2 else {
      throw ModelError.unsupported(
        feature: "a token_embd.weight tensor of two dimensions",
        file: source.path
      )
    }
    vocabularyCount = embedding.dimensions[1]
    contextLength = try source.int("context_length", in: 1...Int(Int32.max))
    epsilon = try source.float("attention.layer_norm_rms_epsilon", in: 0...1) ?? 1e-6
    if try source.float("attention.temperature_scale", in: -1e6...1e6) ?? 0 != 0 {
      throw ModelError.unsupported(
        feature: "latent attention with temperature tuning",
        file: source.path
      )
    }
  }

  /// Older files know heads by `key_length`, newer ones by `key_length_mla`, where `key_length` is what
  /// the cache holds.
  private static func attention(from source: ModelSource) throws -> LatentAttention.Shape {
    let isSplit = try source.int("attention.key_length_mla") != nil
    let suffix = isSplit ? "_mla" : ""
    let keyWidth = try source.int("attention.key_length" + suffix, in: 3...8192)
    let rotaryWidth = try source.int("rope.dimension_count", in: 2...keyWidth - 1)
    guard rotaryWidth % 2 == 0 else {
      throw ModelError.invalidHyperparameter(
        key: source.key("rope.dimension_count"),
        value: "\(rotaryWidth)",
        reason: "which is odd",
        file: source.path
      )
    }
    return LatentAttention.Shape(
      headCount: try source.int("attention.head_count", in: 1...65_536),
      plainWidth: keyWidth - rotaryWidth,
      rotaryWidth: rotaryWidth,
      latentWidth: try source.int("attention.kv_lora_rank", in: 1...8192),
      valueWidth: try source.int("attention.value_length" + suffix, in: 1...8192)
    )
  }
}
