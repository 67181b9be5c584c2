// Owns: what the `config.json` of a Gemma 2 says, read from GGUF's keys.
// Does not own: the other way (Gemma2.swift), the tensors.

extension Gemma2Family: ReversibleFamily {
  // The factor of embeddings is rounded to the type that the folder is written in.
  static let looseKeys: Set<String> = ["embedding_scale"]

  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(checkpoint, class: "Gemma2ForCausalLM", type: "gemma2")
    entries.set("hidden_act", "gelu_pytorch_tanh")
    entries.set("hidden_activation", "gelu_pytorch_tanh")
    let headWidth = try entries.setDecoder()
    let attention = ["attn_q", "attn_k", "attn_v", "attn_output"]
    entries.set("attention_bias", try entries.haveBiases(attention))
    for (key, usual) in usualCaps {
      let cap = try entries.float(key) ?? usual
      entries.set(key, cap < SoftCap.none ? .number(shortest(cap)) : .null)
    }
    entries.set(
      "query_pre_attn_scalar",
      try scalar(of: entries, headWidth: headWidth)
    )
    entries.set("sliding_window", try entries.int("attention.sliding_window", default: 4096))
    try entries.setSlidingBlocks()
    try entries.setRotary(headWidth: headWidth)
    return entries
  }

  /// What scores are divided by the root of.
  ///
  /// Files of llama.cpp do not say it; of the published sizes the largest, of 46 blocks, has D / H, the others E.
  private static func scalar(
    of entries: ConfigurationEntries,
    headWidth: Int
  ) throws -> ConfigurationValue {
    guard let scale = try entries.float("attention.scale"), scale > 0 else {
      guard try entries.int("block_count") == 46 else { return .integer(headWidth) }
      let headCount = try entries.requireInt("attention.head_count")
      return .integer(try entries.requireInt("embedding_length") / max(headCount, 1))
    }
    let found = 1 / (Double(scale) * Double(scale))
    let whole = found.rounded()
    if whole < 1e9, Float(1 / whole.squareRoot()) == scale { return .integer(Int(whole)) }
    return .number(found)
  }
}
