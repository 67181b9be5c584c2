// Owns: what the `config.json` of the Qwen families says, read from GGUF's keys.
// Does not own: the other way (Qwen2.swift, Qwen3.swift, Qwen3MoE.swift), the tensors.

extension Qwen2Family: ReversibleFamily {
  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(checkpoint, class: "Qwen2ForCausalLM", type: "qwen2")
    entries.set("hidden_act", "silu")
    let headWidth = try entries.setDecoder()
    guard try entries.haveBiases(["attn_q", "attn_k", "attn_v"]) else {
      throw entries.unsupported("a Qwen 2 that has no biases")
    }
    let slides = try entries.setSlidingBlocks() ?? []
    let isSliding = slides.contains(true)
    entries.set("use_sliding_window", isSliding)
    if isSliding {
      try entries.setWindow()
      // Programs that do not know layer types slide from some block on.
      entries.set("max_window_layers", slides.firstIndex(of: true) ?? slides.count)
    }
    try entries.setRotary(headWidth: headWidth)
    return entries
  }
}

extension Qwen3Family: ReversibleFamily {
  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(checkpoint, class: "Qwen3ForCausalLM", type: "qwen3")
    entries.set("hidden_act", "silu")
    let headWidth = try entries.setDecoder()
    guard try entries.int("attention.sliding_window") ?? 0 == 0 else {
      throw entries.unsupported("a sliding window in Qwen 3")
    }
    entries.set("use_sliding_window", false)
    let attention = ["attn_q", "attn_k", "attn_v", "attn_output"]
    entries.set("attention_bias", try entries.haveBiases(attention))
    try entries.setRotary(headWidth: headWidth)
    return entries
  }
}

extension Qwen3MoEFamily: ReversibleFamily {
  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(checkpoint, class: "Qwen3MoeForCausalLM", type: "qwen3_moe")
    entries.set("hidden_act", "silu")
    let headWidth = try entries.setDecoder()
    try entries.setWindow()
    entries.set("use_sliding_window", try entries.int("attention.sliding_window") ?? 0 > 0)
    let attention = ["attn_q", "attn_k", "attn_v", "attn_output"]
    entries.set("attention_bias", try entries.haveBiases(attention))
    entries.set("num_experts", try entries.requireInt("expert_count"))
    entries.set("num_experts_per_tok", try entries.requireInt("expert_used_count"))
    entries.set(
      "moe_intermediate_size",
      try entries.requireInt("expert_feed_forward_length")
    )
    let isShared = try checkpoint.bool(entries.key("expert_weights_norm")) ?? true
    entries.set("norm_topk_prob", isShared)
    entries.set("decoder_sparse_step", 1)
    let blockCount = try entries.blockCount()
    let dense = (0..<blockCount).filter { !entries.has("blk.\($0).ffn_gate_inp.weight") }
    entries.set("mlp_only_layers", .list(dense.map { .integer($0) }))
    try entries.setRotary(headWidth: headWidth)
    return entries
  }
}
