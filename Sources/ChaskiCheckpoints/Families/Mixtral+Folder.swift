// Owns: what the `config.json` of a Mixtral says, read from GGUF's keys.
// Does not own: the other way (Mixtral.swift), the tensors.

extension MixtralFamily: ReversibleFamily {
  static func describes(_ checkpoint: any Checkpoint) throws -> Bool {
    try !LlamaFamily.describes(checkpoint)
  }

  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(checkpoint, class: "MixtralForCausalLM", type: "mixtral")
    entries.set("hidden_act", "silu")
    let headWidth = try entries.setDecoder()
    if let width = try entries.int("expert_feed_forward_length") {
      entries.set("intermediate_size", width)
    }
    entries.set("num_local_experts", try entries.requireInt("expert_count"))
    entries.set("num_experts_per_tok", try entries.requireInt("expert_used_count"))
    try entries.setWindow()
    try entries.setRotary(headWidth: headWidth)
    return entries
  }
}
