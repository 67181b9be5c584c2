// Owns: how folders of DeepSeek-V2, V2-Lite, V3 and R1 are seen as GGUF files.

import Foundation

/// DeepSeek-V2 and V3: GGUF's `deepseek2`.
///
/// The matrix that expands latents to keys and values is cut into heads, and the part for keys transposed, for the
/// absorbed form. Blocks behind the last one predict further tokens and are left out.
enum DeepSeekFamily: CheckpointFamily {
  static let modelTypes = ["deepseek_v2", "deepseek_v3"]
  static let architecture = "deepseek2"

  /// The sizes that recipes need.
  private struct Sizes {
    let headCount: Int
    let plainWidth: Int
    let valueWidth: Int
    let expertCount: Int
    let expertWidth: Int
  }

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    try mapping.requireSilu()
    let blockCount = try configuration.int("num_hidden_layers", in: 1...4096)
    let sizes = try setSizes(&mapping, blockCount: blockCount)
    try setMixture(&mapping, sizes)
    try setRotary(&mapping)
    mapping.addEmbeddings(isTied: try configuration.bool("tie_word_embeddings", default: false))
    for layer in 0..<blockCount { addBlock(&mapping, layer, sizes) }
    mapping.ignore { name in
      let parts = name.split(separator: ".", maxSplits: 3)
      guard parts.count == 4, parts[0] == "model", parts[1] == "layers", let layer = Int(parts[2])
      else { return false }
      return layer >= blockCount || parts[3].hasSuffix("rotary_emb.inv_freq")
    }
  }

  private static func setSizes(
    _ mapping: inout FolderMapping,
    blockCount: Int
  ) throws(CheckpointError) -> Sizes {
    let configuration = mapping.configuration
    let isV3 = try configuration.text("model_type") == "deepseek_v3"
    let widths = 1...8192
    let latent = try configuration.int("kv_lora_rank", in: widths, default: 512)
    let plain = try configuration.int("qk_nope_head_dim", in: widths, default: 128)
    let rotary = try configuration.int("qk_rope_head_dim", in: widths, default: 64)
    let value = try configuration.int("v_head_dim", in: widths, default: 128)
    let headCount = try configuration.int("num_attention_heads", in: 1...65_536)
    mapping.set("block_count", blockCount)
    mapping.set("context_length", try configuration.int("max_position_embeddings", default: 2048))
    mapping.set("embedding_length", try configuration.int("hidden_size", in: 1...1 << 20))
    mapping.set("feed_forward_length", try configuration.int("intermediate_size", in: 1...1 << 20))
    mapping.set("attention.head_count", headCount)
    // All heads ask the same keys.
    mapping.set("attention.head_count_kv", 1)
    if mapping.has("model.layers.0.self_attn.q_a_proj.weight", for: "blk.0.attn_q_a.weight") {
      mapping.set(
        "attention.q_lora_rank",
        try configuration.int("q_lora_rank", in: 1...1 << 20, default: 1536)
      )
    }
    mapping.set("attention.kv_lora_rank", latent)
    mapping.set("attention.key_length", latent + rotary)
    mapping.set("attention.value_length", latent)
    mapping.set("attention.key_length_mla", plain + rotary)
    mapping.set("attention.value_length_mla", value)
    mapping.set(
      "attention.layer_norm_rms_epsilon",
      try configuration.float("rms_norm_eps", default: 1e-6)
    )
    if let count = try configuration.optionalInt("vocab_size") { mapping.set("vocab_size", count) }
    return Sizes(
      headCount: headCount,
      plainWidth: plain,
      valueWidth: value,
      expertCount: try configuration.int(
        "n_routed_experts",
        in: FolderMapping.expertRange,
        default: isV3 ? 256 : 64
      ),
      expertWidth: try configuration.int(
        "moe_intermediate_size",
        in: 1...1 << 20,
        default: isV3 ? 2048 : 1407
      )
    )
  }

  private static func setMixture(
    _ mapping: inout FolderMapping,
    _ sizes: Sizes
  ) throws(CheckpointError) {
    let configuration = mapping.configuration
    let isV3 = try configuration.text("model_type") == "deepseek_v3"
    mapping.set("expert_count", sizes.expertCount)
    mapping.set(
      "expert_used_count",
      try configuration.int("num_experts_per_tok", default: isV3 ? 8 : nil)
    )
    mapping.set("expert_feed_forward_length", sizes.expertWidth)
    mapping.set(
      "expert_shared_count",
      try configuration.int("n_shared_experts", in: 0...1024, default: isV3 ? 1 : 2)
    )
    mapping.set(
      "leading_dense_block_count",
      try configuration.int("first_k_dense_replace", in: 0...4096, default: isV3 ? 3 : 0)
    )
    mapping.set(
      "expert_weights_scale",
      try configuration.float("routed_scaling_factor", default: isV3 ? 2.5 : 1)
    )
    mapping.set(
      "expert_weights_norm",
      try configuration.bool("norm_topk_prob", default: isV3)
    )
    let scoring = try configuration.text("scoring_func") ?? (isV3 ? "sigmoid" : "softmax")
    guard scoring == (isV3 ? "sigmoid" : "softmax") else {
      throw .unsupported(file: configuration.file, feature: "experts scored by \"\(scoring)\"")
    }
    mapping.set("expert_gating_func", isV3 ? 2 : 1)
    let method = try configuration.text("topk_method") ?? (isV3 ? "noaux_tc" : "greedy")
    guard method != "greedy" else { return }
    mapping.set(
      "expert_group_count",
      try configuration.int("n_group", in: 1...65_536, default: isV3 ? 8 : 1)
    )
    mapping.set(
      "expert_group_used_count",
      try configuration.int("topk_group", in: 1...65_536, default: isV3 ? 4 : 1)
    )
  }

  private static func setRotary(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    guard try configuration.bool("rope_interleave", default: true) else {
      throw .unsupported(
        file: configuration.file,
        feature: "latent attention that rotates halves of a head"
      )
    }
    let rotary = try RotaryConfiguration(configuration)
    try mapping.setRotary(
      rotary,
      headWidth: try configuration.int("qk_rope_head_dim", in: 1...8192, default: 64)
    )
    guard rotary.type == "yarn",
      let all = try rotary.parameters.optionalFloat("mscale_all_dim"), all != 0
    else { return }
    guard rotary.parameters["attention_factor"] == nil else {
      throw .unsupported(
        file: configuration.file,
        feature: "YaRN with both mscale_all_dim and attention_factor"
      )
    }
    let growth = 0.1 * log(max(Double(try rotary.factor()), 1))
    let own = try rotary.parameters.optionalFloat("mscale") ?? 0
    let stretch = own == 0 ? 1 + growth : (1 + Double(own) * growth) / (1 + Double(all) * growth)
    mapping.set("rope.scaling.yarn_log_multiplier", 0.1 * all)
    if stretch != 1 { mapping.set("rope.scaling.attn_factor", Float(stretch)) }
  }

  private static func addBlock(_ mapping: inout FolderMapping, _ layer: Int, _ sizes: Sizes) {
    let (block, stored) = ("blk.\(layer).", "model.layers.\(layer).")
    let attention = stored + "self_attn."
    mapping.add(block + "attn_norm.weight", .stored(stored + "input_layernorm.weight"))
    if mapping.has(attention + "q_a_proj.weight", for: block + "attn_q_a.weight") {
      mapping.addLinear(block + "attn_q_a", from: attention + "q_a_proj")
      mapping.addLinear(block + "attn_q_a_norm", from: attention + "q_a_layernorm")
      mapping.addLinear(block + "attn_q_b", from: attention + "q_b_proj")
    } else {
      mapping.addLinear(block + "attn_q", from: attention + "q_proj")
    }
    mapping.addLinear(block + "attn_kv_a_mqa", from: attention + "kv_a_proj_with_mqa")
    mapping.addLinear(block + "attn_kv_a_norm", from: attention + "kv_a_layernorm")
    let heads = TensorRecipe.split(sizes.headCount, .stored(attention + "kv_b_proj.weight"))
    let plain = 0..<sizes.plainWidth
    let value = sizes.plainWidth..<sizes.plainWidth + sizes.valueWidth
    mapping.add(block + "attn_k_b.weight", .transposed(.rows(plain, of: heads)))
    mapping.add(block + "attn_v_b.weight", .rows(value, of: heads))
    mapping.addLinear(block + "attn_output", from: attention + "o_proj")
    mapping.add(block + "ffn_norm.weight", .stored(stored + "post_attention_layernorm.weight"))
    guard mapping.has(stored + "mlp.gate.weight", for: block + "ffn_gate_inp.weight") else {
      mapping.addGatedFeedForward(block, from: stored + "mlp.")
      return
    }
    mapping.addExperts(
      block,
      from: stored + "mlp.",
      count: sizes.expertCount,
      width: sizes.expertWidth
    )
    let correction = stored + "mlp.gate.e_score_correction_bias"
    if mapping.has(correction, for: block + "exp_probs_b.bias") {
      mapping.add(block + "exp_probs_b.bias", .stored(correction))
    }
    let shared = stored + "mlp.shared_experts.gate_proj.weight"
    if mapping.has(shared, for: block + "ffn_gate_shexp.weight") {
      mapping.addSharedExpert(block, from: stored + "mlp.shared_experts.")
    }
  }
}
