// Owns: what the `config.json` of a DeepSeek-V2 or V3 says, read from GGUF's keys.
// Does not own: the other way (DeepSeek.swift), the tensors.

import Foundation

extension DeepSeekFamily: ReversibleFamily {
  // A scale of 0 is written as 1, which is what it means.
  static let looseKeys: Set<String> = ["expert_weights_scale"]

  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    let isV3 = try checkpoint.int("deepseek2.expert_gating_func") == 2
    var entries = ConfigurationEntries(
      checkpoint,
      class: isV3 ? "DeepseekV3ForCausalLM" : "DeepseekV2ForCausalLM",
      type: isV3 ? "deepseek_v3" : "deepseek_v2"
    )
    guard !entries.has("blk.0.attn_kv_b.weight") else {
      throw entries.unsupported("the latent attention of older files; convert the model anew")
    }
    entries.set("hidden_act", "silu")
    try entries.setDecoder()
    // What it says of heads has names of its own.
    let rotaryWidth = try entries.requireInt("rope.dimension_count")
    let keyWidth = try entries.requireInt("attention.key_length_mla")
    entries.set("head_dim", rotaryWidth)
    entries.set("num_key_value_heads", try entries.requireInt("attention.head_count"))
    entries.set("qk_rope_head_dim", rotaryWidth)
    entries.set("qk_nope_head_dim", keyWidth - rotaryWidth)
    entries.set("v_head_dim", try entries.requireInt("attention.value_length_mla"))
    entries.set("kv_lora_rank", try entries.requireInt("attention.kv_lora_rank"))
    let rank = try entries.int("attention.q_lora_rank")
    entries.set("q_lora_rank", rank.map { ConfigurationValue.integer($0) } ?? .null)
    entries.set("attention_bias", false)
    try setMixture(&entries, isV3: isV3)
    try entries.setRotary(headWidth: rotaryWidth)
    try setMagnitude(&entries)
    return entries
  }

  private static func setMixture(_ entries: inout ConfigurationEntries, isV3: Bool) throws {
    for (key, name) in [
      ("n_routed_experts", "expert_count"), ("num_experts_per_tok", "expert_used_count"),
      ("moe_intermediate_size", "expert_feed_forward_length"),
    ] { entries.set(key, try entries.requireInt(name)) }
    entries.set("n_shared_experts", try entries.int("expert_shared_count", default: 0))
    entries.set("first_k_dense_replace", try entries.int("leading_dense_block_count", default: 0))
    entries.set("moe_layer_freq", 1)
    let scale = try entries.float("expert_weights_scale") ?? 0
    // Files say 0 where they mean that nothing is scaled.
    entries.set("routed_scaling_factor", scale == 0 ? 1 : scale)
    let isShared = try entries.checkpoint.bool(entries.key("expert_weights_norm")) ?? isV3
    entries.set("norm_topk_prob", isShared)
    entries.set("scoring_func", isV3 ? "sigmoid" : "softmax")
    let groupCount = try entries.int("expert_group_count")
    entries.set(
      "topk_method",
      isV3 ? "noaux_tc" : groupCount == nil ? "greedy" : "group_limited_greedy"
    )
    entries.set("n_group", groupCount ?? 1)
    entries.set("topk_group", try entries.int("expert_group_used_count", default: groupCount ?? 1))
  }

  /// Says how YaRN stretches scores and angles by `mscale_all_dim` and `mscale`, which stand for
  /// `attention_factor` here.
  private static func setMagnitude(_ entries: inout ConfigurationEntries) throws {
    guard
      case .object(var scaling)? = entries.all.first(where: { $0.key == "rope_scaling" })?.value,
      let multiplier = try entries.float("rope.scaling.yarn_log_multiplier"), multiplier != 0
    else { return }
    let all = mscale(of: multiplier)
    let growth = 0.1 * log(max(Double(try entries.float("rope.scaling.factor") ?? 1), 1))
    var own = Double(all)
    if let stretch = try entries.float("rope.scaling.attn_factor"), stretch != 1, growth > 0 {
      own = (Double(stretch) * (1 + own * growth) - 1) / growth
    }
    scaling["attention_factor"] = nil
    scaling["mscale"] = .number(own == Double(all) ? shortest(all) : own)
    scaling["mscale_all_dim"] = .number(shortest(all))
    entries.set("rope_scaling", .object(scaling))
  }

  /// The number of which a tenth is `multiplier`, as few digits as possible.
  private static func mscale(of multiplier: Float) -> Float {
    let found = multiplier * 10
    let short = Float((Double(found) * 1e6).rounded() / 1e6)
    return 0.1 * short == multiplier ? short : found
  }
}
