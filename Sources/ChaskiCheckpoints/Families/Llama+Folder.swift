// Owns: what the `config.json` of a Llama says, read from GGUF's keys.
// Does not own: the other way (Llama.swift), the tensors.

extension LlamaFamily: ReversibleFamily {
  static func describes(_ checkpoint: any Checkpoint) throws -> Bool {
    try checkpoint.int("llama.expert_count") ?? 0 == 0
  }

  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    let isMistral = try checkpoint.int("llama.attention.sliding_window") ?? 0 > 0
    var entries = ConfigurationEntries(
      checkpoint,
      class: isMistral ? "MistralForCausalLM" : "LlamaForCausalLM",
      type: isMistral ? "mistral" : "llama"
    )
    entries.set("hidden_act", "silu")
    let headWidth = try entries.setDecoder()
    if isMistral { try entries.setWindow() }
    let attention = ["attn_q", "attn_k", "attn_v", "attn_output"]
    entries.set("attention_bias", try entries.haveBiases(attention))
    entries.set("mlp_bias", try entries.haveBiases(["ffn_gate", "ffn_up", "ffn_down"]))
    try entries.setRotary(headWidth: headWidth)
    return entries
  }
}
