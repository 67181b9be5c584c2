// Owns: how folders of LLaMA 1 to 3.2, Code Llama, Vicuna, SmolLM and Mistral are seen as GGUF files.

/// The Llama family, and Mistral, which differs by its sliding window.
///
/// GGUF's `llama` rotates adjacent pairs, folders the two halves of a head, so rows of queries and keys change
/// their order. Files converted from the first LLaMA hold the frequencies of each layer, which are computed.
/// Source: the configurations' documentation in the transformers library.
enum LlamaFamily: CheckpointFamily {
  static let modelTypes = ["llama", "mistral"]
  static let architecture = "llama"

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    let isMistral = try configuration.text("model_type") == "mistral"
    let activation = try configuration.text("hidden_act") ?? "silu"
    guard activation == "silu" else {
      throw .unsupported(file: configuration.file, feature: "the activation \"\(activation)\"")
    }
    let contextLength = isMistral ? 131_072 : 2048
    let sizes = try mapping.setDecoder(contextLength: contextLength)
    try mapping.setRotary(
      RotaryConfiguration(configuration, defaultContext: contextLength),
      headWidth: sizes.headWidth
    )
    if isMistral, let window = try configuration.optionalInt("sliding_window") {
      mapping.set("attention.sliding_window", window)
    }
    mapping.addEmbeddings(isTied: try configuration.bool("tie_word_embeddings", default: false))
    for layer in 0..<sizes.blockCount {
      let (block, stored) = ("blk.\(layer).", "model.layers.\(layer).")
      mapping.add(block + "attn_norm.weight", .stored(stored + "input_layernorm.weight"))
      mapping.addAttention(
        block,
        from: stored + "self_attn.",
        queryOrder: { .permuted(headCount: sizes.headCount, $0) },
        keyOrder: { .permuted(headCount: sizes.keyValueHeadCount, $0) }
      )
      mapping.add(block + "ffn_norm.weight", .stored(stored + "post_attention_layernorm.weight"))
      mapping.addGatedFeedForward(block, from: stored + "mlp.")
    }
    mapping.ignore { $0.hasSuffix(".rotary_emb.inv_freq") }
  }
}
