// Owns: how folders of Qwen 3 MoE are seen as GGUF files.

/// Qwen 3 MoE: GGUF's `qwen3moe`, whose dense blocks are those without a router.
enum Qwen3MoEFamily: CheckpointFamily {
  static let modelTypes = ["qwen3_moe"]
  static let architecture = "qwen3moe"

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    try mapping.requireSilu()
    let contextLength = 32_768
    let sizes = try mapping.setDecoder(contextLength: contextLength)
    try mapping.setRotary(
      RotaryConfiguration(configuration, defaultContext: contextLength),
      headWidth: sizes.headWidth
    )
    if try configuration.bool("use_sliding_window", default: false),
      let window = try configuration.optionalInt("sliding_window")
    {
      mapping.set("attention.sliding_window", window)
    }
    let expertCount = try configuration.int(
      "num_experts",
      in: FolderMapping.expertRange,
      default: 128
    )
    let width = try configuration.int("moe_intermediate_size", in: 1...1 << 24, default: 768)
    mapping.set("expert_count", expertCount)
    mapping.set("expert_used_count", try configuration.int("num_experts_per_tok", default: 8))
    mapping.set("expert_feed_forward_length", width)
    mapping.set("expert_weights_norm", try configuration.bool("norm_topk_prob", default: false))
    mapping.addEmbeddings(isTied: try configuration.bool("tie_word_embeddings", default: false))
    for layer in 0..<sizes.blockCount {
      let (block, stored) = ("blk.\(layer).", "model.layers.\(layer).")
      mapping.add(block + "attn_norm.weight", .stored(stored + "input_layernorm.weight"))
      mapping.addAttention(block, from: stored + "self_attn.")
      mapping.addLinear(block + "attn_q_norm", from: stored + "self_attn.q_norm")
      mapping.addLinear(block + "attn_k_norm", from: stored + "self_attn.k_norm")
      mapping.add(block + "ffn_norm.weight", .stored(stored + "post_attention_layernorm.weight"))
      guard mapping.has(stored + "mlp.gate.weight", for: block + "ffn_gate_inp.weight") else {
        mapping.addGatedFeedForward(block, from: stored + "mlp.")
        continue
      }
      mapping.addExperts(block, from: stored + "mlp.", count: expertCount, width: width)
    }
    mapping.ignore { $0.hasSuffix(".rotary_emb.inv_freq") }
  }
}
