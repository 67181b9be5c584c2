// Owns: what the `config.json` of a Llama 4 text model says, read from GGUF's keys.
// Does not own: the other way (Llama4.swift), the tensors.

extension Llama4Family: ReversibleFamily {
  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(
      checkpoint,
      class: "Llama4ForCausalLM",
      type: "llama4_text"
    )
    entries.set("hidden_act", "silu")
    let headWidth = try entries.setDecoder()
    entries.set("intermediate_size_mlp", try entries.requireInt("feed_forward_length"))
    entries.set(
      "intermediate_size",
      try entries.requireInt("expert_feed_forward_length")
    )
    let attention = ["attn_q", "attn_k", "attn_v", "attn_output"]
    entries.set("attention_bias", try entries.haveBiases(attention))
    let expertCount = try entries.requireInt("expert_count")
    entries.set("num_local_experts", expertCount)
    entries.set("num_experts_per_tok", try entries.requireInt("expert_used_count"))
    entries.set(
      "interleave_moe_layer_step",
      try entries.int("interleave_moe_layer_step", default: 1)
    )
    let blockCount = try entries.blockCount()
    let mixtures = (0..<blockCount).filter { entries.has("blk.\($0).ffn_gate_inp.weight") }
    entries.set("moe_layers", .list(mixtures.map { .integer($0) }))
    try setSpans(&entries, blockCount: blockCount)
    // What files of llama.cpp do not say is what its code has: Maverick, of 128 experts, has no norm.
    let isNormed =
      try checkpoint.bool(entries.key("attention.rotated_norm")) ?? (expertCount != 128)
    entries.set("use_qk_norm", isNormed)
    let scale = try entries.float("attention.temperature_scale") ?? 0.1
    entries.set("attn_temperature_tuning", scale != 0)
    if scale != 0 { entries.set("attn_scale", scale) }
    entries.set("floor_scale", try entries.int("attention.temperature_length", default: 8192))
    try entries.setRotary(headWidth: headWidth)
    return entries
  }

  /// Says which layers see positions and which see chunks; without keys of ours, as llama.cpp's code has it.
  private static func setSpans(_ entries: inout ConfigurationEntries, blockCount: Int) throws {
    let isFull = try entries.int("attention.sliding_window") == 0
    let rotated =
      try entries.checkpoint.ints(entries.key("rope.layers"))
      ?? (0..<blockCount).map { isFull || $0 % 4 != 3 ? 1 : 0 }
    let chunks =
      try entries.checkpoint.ints(entries.key("attention.chunk_length"))
      ?? rotated.map { isFull || $0 == 0 ? 0 : 8192 }
    guard rotated.count == blockCount, chunks.count == blockCount else {
      throw entries.unsupported("spans for another number of layers than \(blockCount)")
    }
    let lengths = Set(chunks).subtracting([0])
    guard lengths.count < 2 else { throw entries.unsupported("chunks of several lengths") }
    entries.set("no_rope_layers", .list(rotated.map { .integer($0 == 0 ? 0 : 1) }))
    entries.set(
      "layer_types",
      .list(chunks.map { .text($0 == 0 ? "full_attention" : "chunked_attention") })
    )
    entries.set("attention_chunk_size", lengths.first ?? 8192)
  }
}
