// Owns: what the `config.json` of GPT-2 and OPT says, read from GGUF's keys.
// Does not own: the other way (GPT2.swift, OPT.swift), the tensors.

extension GPT2Family: ReversibleFamily {
  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(checkpoint, class: "GPT2LMHeadModel", type: "gpt2")
    entries.set("activation_function", "gelu_new")
    entries.set("n_embd", try entries.requireInt("embedding_length"))
    entries.set("n_inner", try entries.requireInt("feed_forward_length"))
    entries.set("n_layer", try entries.blockCount())
    entries.set("n_head", try entries.requireInt("attention.head_count"))
    entries.set("n_positions", try entries.requireInt("context_length"))
    entries.set("n_ctx", try entries.requireInt("context_length"))
    entries.set(
      "layer_norm_epsilon",
      try entries.float("attention.layer_norm_epsilon") ?? 1e-5
    )
    try entries.setVocabulary()
    return entries
  }
}

extension OPTFamily: ReversibleFamily {
  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries {
    var entries = ConfigurationEntries(checkpoint, class: "OPTForCausalLM", type: "opt")
    guard try entries.float("attention.layer_norm_epsilon") ?? 1e-5 == 1e-5 else {
      throw entries.unsupported("norms of another epsilon than OPT's")
    }
    entries.set("activation_function", "relu")
    entries.set("hidden_size", try entries.requireInt("embedding_length"))
    entries.set("ffn_dim", try entries.requireInt("feed_forward_length"))
    entries.set("num_hidden_layers", try entries.blockCount())
    entries.set("num_attention_heads", try entries.requireInt("attention.head_count"))
    entries.set("max_position_embeddings", try entries.requireInt("context_length"))
    let embedding = try checkpoint.requireTensor("token_embd.weight")
    entries.set("word_embed_proj_dim", embedding.dimensions[0])
    entries.set("do_layer_norm_before", entries.has("output_norm.weight"))
    entries.set("enable_bias", true)
    entries.set("layer_norm_elementwise_affine", true)
    try entries.setVocabulary()
    return entries
  }
}
