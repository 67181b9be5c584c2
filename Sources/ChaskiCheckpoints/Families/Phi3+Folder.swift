// Owns: what the `config.json` of a Phi-3 says, read from GGUF's keys.
// Does not own: the other way (Phi3.swift), the tensors.

extension Phi3Family: ReversibleFamily {
  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(checkpoint, class: "Phi3ForCausalLM", type: "phi3")
    entries.set("hidden_act", "silu")
    let headWidth = try entries.setDecoder()
    try entries.setWindow()
    try entries.setRotary(headWidth: headWidth, isPartial: true)
    return entries
  }
}
