// Owns: how folders of Mixtral are seen as GGUF files.

/// Mixtral: GGUF's `llama` with experts.
///
/// Rows of queries and keys change their order as any Llama's do; experts are stacked.
enum MixtralFamily: CheckpointFamily {
  static let modelTypes = ["mixtral"]
  static let architecture = "llama"

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    try mapping.requireSilu()
    let contextLength = 131_072
    let sizes = try mapping.setDecoder(contextLength: contextLength, epsilon: 1e-5)
    try mapping.setRotary(
      RotaryConfiguration(
        configuration,
        defaultTheta: 1_000_000,
        defaultContext: contextLength
      ),
      headWidth: sizes.headWidth
    )
    if let window = try configuration.optionalInt("sliding_window") {
      mapping.set("attention.sliding_window", window)
    }
    let expertCount = try configuration.int(
      "num_local_experts",
      in: FolderMapping.expertRange,
      default: 8
    )
    let width = try configuration.int("intermediate_size", in: 1...1 << 24)
    mapping.set("expert_count", expertCount)
    mapping.set("expert_used_count", try configuration.int("num_experts_per_tok", default: 2))
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
      mapping.addExperts(
        block,
        from: stored + "block_sparse_moe.",
        count: expertCount,
        width: width,
        names: (gate: "w1", up: "w3", down: "w2")
      )
    }
    mapping.ignore { $0.hasSuffix(".rotary_emb.inv_freq") }
  }
}
