// Owns: how folders of Llama 4 are seen as GGUF files.

/// Llama 4's text model: GGUF's `llama4`, with keys of ours for what llama.cpp fixes in its code.
///
/// Published folders hold a vision tower, too, which is left out, and put the text's names under
/// `language_model.` and its numbers under `text_config`. Experts are stored for x W and are transposed.
enum Llama4Family: CheckpointFamily {
  static let modelTypes = ["llama4", "llama4_text"]
  static let architecture = "llama4"

  /// The sizes that recipes need.
  private struct Sizes {
    let blockCount: Int
    let headWidth: Int
    let expertWidth: Int
  }

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let text = try mapping.configuration.nested("text_config") ?? mapping.configuration
    let activation = try text.text("hidden_act") ?? "silu"
    guard activation == "silu" else {
      throw .unsupported(file: text.file, feature: "the activation \"\(activation)\"")
    }
    let sizes = try setSizes(&mapping, text)
    try setAttention(&mapping, text, blockCount: sizes.blockCount)
    try mapping.setRotary(
      RotaryConfiguration(text, defaultTheta: 500_000, defaultContext: 131_072),
      headWidth: sizes.headWidth
    )
    let prefix = mapping.has("language_model.model.embed_tokens.weight") ? "language_model." : ""
    mapping.add("token_embd.weight", .stored(prefix + "model.embed_tokens.weight"))
    mapping.add("output_norm.weight", .stored(prefix + "model.norm.weight"))
    if try text.bool("tie_word_embeddings", default: false) {
      mapping.ignore { $0 == prefix + "lm_head.weight" }
    } else {
      mapping.addLinear("output", from: prefix + "lm_head")
    }
    for layer in 0..<sizes.blockCount { addBlock(&mapping, prefix, layer, sizes) }
    mapping.ignore { name in
      name.hasPrefix("vision_model.") || name.hasPrefix("multi_modal_projector.")
        || name.hasSuffix(".rotary_emb.inv_freq")
    }
  }

  private static func setSizes(
    _ mapping: inout FolderMapping,
    _ text: ModelConfiguration
  ) throws(CheckpointError) -> Sizes {
    let widths = 1...1 << 20
    let blockCount = try text.int("num_hidden_layers", in: 1...4096)
    let headCount = try text.int("num_attention_heads", in: 1...65_536)
    let headWidth = try text.int("head_dim", in: 1...4096, default: 128)
    let expertWidth = try text.int("intermediate_size", in: widths, default: 8192)
    mapping.set("block_count", blockCount)
    mapping.set("context_length", try text.int("max_position_embeddings", default: 131_072))
    mapping.set("embedding_length", try text.int("hidden_size", in: widths))
    mapping.set(
      "feed_forward_length",
      try text.int("intermediate_size_mlp", in: widths, default: 16_384)
    )
    mapping.set("attention.head_count", headCount)
    mapping.set(
      "attention.head_count_kv",
      try text.int("num_key_value_heads", in: 1...headCount, default: headCount)
    )
    mapping.set("attention.key_length", headWidth)
    mapping.set("attention.value_length", headWidth)
    mapping.set(
      "attention.layer_norm_rms_epsilon",
      try text.float("rms_norm_eps", default: 1e-5)
    )
    if let count = try text.optionalInt("vocab_size") { mapping.set("vocab_size", count) }
    mapping.set("expert_count", try text.int("num_local_experts", default: 16))
    mapping.set("expert_used_count", try text.int("num_experts_per_tok", default: 1))
    mapping.set("expert_feed_forward_length", expertWidth)
    mapping.set(
      "interleave_moe_layer_step",
      try text.int("interleave_moe_layer_step", default: 1)
    )
    return Sizes(blockCount: blockCount, headWidth: headWidth, expertWidth: expertWidth)
  }

  private static func setAttention(
    _ mapping: inout FolderMapping,
    _ text: ModelConfiguration,
    blockCount: Int
  ) throws(CheckpointError) {
    let layers = 0..<blockCount
    var rotated = try text.ints("no_rope_layers") ?? []
    if rotated.isEmpty {
      let interval = try text.int("no_rope_layer_interval", default: 4)
      rotated = layers.map { ($0 + 1) % interval == 0 ? 0 : 1 }
    }
    let length = try text.int("attention_chunk_size", default: 8192)
    let chunks: [Int]
    if let types = try text.texts("layer_types") {
      chunks = types.map { $0 == "chunked_attention" ? length : 0 }
    } else {
      chunks = rotated.map { $0 == 0 ? 0 : length }
    }
    guard rotated.count == blockCount, chunks.count == blockCount else {
      throw text.invalid(
        "no_rope_layers",
        "one number for each of \(blockCount) layers",
        text["no_rope_layers"]
      )
    }
    mapping.set("rope.layers", rotated.map { $0 == 0 ? 0 : 1 })
    mapping.set("attention.chunk_length", chunks)
    mapping.set("attention.rotated_norm", try text.bool("use_qk_norm", default: true))
    mapping.set(
      "attention.temperature_scale",
      try isTempered(text) ? text.float("attn_scale", default: 0.1) : 0
    )
    mapping.set(
      "attention.temperature_length",
      try text.int("floor_scale", default: 8192)
    )
  }

  /// The first folders have a number where later ones have a truth value.
  private static func isTempered(_ text: ModelConfiguration) throws(CheckpointError) -> Bool {
    if case .integer(let number)? = text["attn_temperature_tuning"] { return number != 0 }
    return try text.bool("attn_temperature_tuning", default: true)
  }

  private static func addBlock(
    _ mapping: inout FolderMapping,
    _ prefix: String,
    _ layer: Int,
    _ sizes: Sizes
  ) {
    let (block, stored) = ("blk.\(layer).", "\(prefix)model.layers.\(layer).")
    mapping.add(block + "attn_norm.weight", .stored(stored + "input_layernorm.weight"))
    mapping.addAttention(block, from: stored + "self_attn.")
    mapping.add(block + "ffn_norm.weight", .stored(stored + "post_attention_layernorm.weight"))
    let feedForward = stored + "feed_forward."
    guard mapping.has(feedForward + "router.weight", for: block + "ffn_gate_inp.weight") else {
      mapping.addGatedFeedForward(block, from: feedForward)
      return
    }
    let f = sizes.expertWidth
    let gateAndUp = TensorRecipe.transposed(.stored(feedForward + "experts.gate_up_proj"))
    mapping.add(block + "ffn_gate_inp.weight", .widened(.stored(feedForward + "router.weight")))
    mapping.add(block + "ffn_gate_exps.weight", .rows(0..<f, of: gateAndUp))
    mapping.add(block + "ffn_up_exps.weight", .rows(f..<2 * f, of: gateAndUp))
    mapping.add(
      block + "ffn_down_exps.weight",
      .transposed(.stored(feedForward + "experts.down_proj"))
    )
    mapping.addSharedExpert(block, from: feedForward + "shared_expert.")
  }
}
