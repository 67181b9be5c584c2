// Owns: what the `config.json` of a Llama says, read from GGUF's keys.
// Does not own: the other way (Llama.swift), the tensors.

import ChaskiFiles

extension LlamaFamily: ReversibleFamily {
  static func configuration(
    of checkpoint: any Checkpoint
  ) throws -> [(key: String, value: ConfigurationValue)] {
    if let experts = try checkpoint.int("llama.expert_count"), experts > 0 {
      throw CheckpointError.unsupported(
        file: checkpoint.path,
        feature: "folders of mixtures of experts"
      )
    }
    func int(_ name: String) throws -> Int { try checkpoint.requireInt("llama." + name) }
    let width = try int("embedding_length")
    let headCount = try int("attention.head_count")
    let headWidth =
      try checkpoint.int("llama.attention.key_length") ?? width / max(headCount, 1)
    let window = try checkpoint.int("llama.attention.sliding_window")
    let keyHeadCount = try checkpoint.int("llama.attention.head_count_kv") ?? headCount
    let epsilon = try checkpoint.requireFloat("llama.attention.layer_norm_rms_epsilon")
    var entries: [(key: String, value: ConfigurationValue)] = [
      (
        "architectures",
        .list([.text(window == nil ? "LlamaForCausalLM" : "MistralForCausalLM")])
      ),
      ("model_type", .text(window == nil ? "llama" : "mistral")),
      ("hidden_act", .text("silu")),
      ("hidden_size", .integer(width)),
      ("intermediate_size", .integer(try int("feed_forward_length"))),
      ("num_hidden_layers", .integer(try int("block_count"))),
      ("num_attention_heads", .integer(headCount)),
      ("num_key_value_heads", .integer(keyHeadCount)),
      ("head_dim", .integer(headWidth)),
      ("max_position_embeddings", .integer(try int("context_length"))),
      ("rms_norm_eps", .number(shortest(epsilon))),
      (
        "vocab_size",
        .integer(try checkpoint.requireTensor("token_embd.weight").dimensions.last ?? 0)
      ),
      ("tie_word_embeddings", .bool(checkpoint.tensor("output.weight") == nil)),
    ]
    if let window { entries.append(("sliding_window", .integer(window))) }
    entries += try biases(checkpoint)
    return try entries + RotaryConfiguration.entries(of: checkpoint, headWidth: headWidth)
  }

  /// Which projections have biases: all four of attention, all three of the feed-forward layer, or none.
  private static func biases(
    _ checkpoint: any Checkpoint
  ) throws -> [(key: String, value: ConfigurationValue)] {
    func has(_ names: [String]) throws -> Bool {
      let found = names.filter { checkpoint.tensor("blk.0.\($0).bias") != nil }
      guard found.isEmpty || found.count == names.count else {
        throw CheckpointError.unsupported(
          file: checkpoint.path,
          feature: "a folder with a bias in \(found[0]) alone"
        )
      }
      return !found.isEmpty
    }
    return [
      ("attention_bias", .bool(try has(["attn_q", "attn_k", "attn_v", "attn_output"]))),
      ("mlp_bias", .bool(try has(["ffn_gate", "ffn_up", "ffn_down"]))),
    ]
  }
}
