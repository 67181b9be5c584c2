// Owns: what most decoders' folders have in common: sizes, embeddings, attention, feed-forward layers.
// Does not own: what one family has alone.

extension FolderMapping {
  /// Sets the sizes that every decoder with gated feed-forward layers has, from the keys that most share.
  ///
  /// Head widths are written always, since they need not be the width divided by the heads.
  ///
  /// - Returns: L, H, K and E: layers, query heads, key/value heads and the width of a head.
  package mutating func setDecoder(
    contextLength: Int = 2048,
    epsilon: Float = 1e-6
  ) throws(CheckpointError) -> DecoderSizes {
    let configuration = configuration
    let blockCount = try configuration.int("num_hidden_layers", in: 1...4096)
    let width = try configuration.int("hidden_size", in: 1...1 << 20)
    let headCount = try configuration.int("num_attention_heads", in: 1...65_536)
    let keyHeadCount = try configuration.int(
      "num_key_value_heads",
      in: 1...headCount,
      default: headCount
    )
    let headWidth = try configuration.int(
      "head_dim",
      in: 1...4096,
      default: max(width / headCount, 1)
    )
    set("block_count", blockCount)
    set("context_length", try configuration.int("max_position_embeddings", default: contextLength))
    set("embedding_length", width)
    set("feed_forward_length", try configuration.int("intermediate_size", in: 1...1 << 24))
    set("attention.head_count", headCount)
    set("attention.head_count_kv", keyHeadCount)
    set("attention.key_length", headWidth)
    set("attention.value_length", headWidth)
    set(
      "attention.layer_norm_rms_epsilon",
      try configuration.float("rms_norm_eps", default: epsilon)
    )
    if let count = try configuration.optionalInt("vocab_size") { set("vocab_size", count) }
    return DecoderSizes(
      blockCount: blockCount,
      headCount: headCount,
      keyValueHeadCount: keyHeadCount,
      headWidth: headWidth
    )
  }

  /// Adds the input embedding, the last norm, and the output unless it is the embedding (`isTied`).
  ///
  /// Some folders hold a tied output a second time; it is not read then.
  package mutating func addEmbeddings(
    _ model: String = "model.",
    isTied: Bool,
    norm: (TensorRecipe) -> TensorRecipe = { $0 }
  ) {
    add("token_embd.weight", .stored(model + "embed_tokens.weight"))
    add("output_norm.weight", norm(.stored(model + "norm.weight")))
    if isTied {
      ignore { $0 == "lm_head.weight" }
    } else {
      addLinear("output", from: "lm_head")
    }
  }

  /// Adds the four projections of attention, queries and keys with their rows in the order that `order`
  /// gives them.
  package mutating func addAttention(
    _ block: String,
    from stored: String,
    queryOrder: (TensorRecipe) -> TensorRecipe = { $0 },
    keyOrder: (TensorRecipe) -> TensorRecipe = { $0 }
  ) {
    addLinear(block + "attn_q", from: stored + "q_proj", queryOrder)
    addLinear(block + "attn_k", from: stored + "k_proj", keyOrder)
    addLinear(block + "attn_v", from: stored + "v_proj")
    addLinear(block + "attn_output", from: stored + "o_proj")
  }

  /// Adds the three projections of a gated feed-forward layer.
  package mutating func addGatedFeedForward(_ block: String, from stored: String) {
    addLinear(block + "ffn_gate", from: stored + "gate_proj")
    addLinear(block + "ffn_up", from: stored + "up_proj")
    addLinear(block + "ffn_down", from: stored + "down_proj")
  }
}

/// The sizes of a decoder that its tensors' recipes need.
package struct DecoderSizes: Sendable {
  /// L: how many layers.
  package let blockCount: Int
  /// H: query heads.
  package let headCount: Int
  /// K: key/value heads.
  package let keyValueHeadCount: Int
  /// E: how wide a head is.
  package let headWidth: Int
}
