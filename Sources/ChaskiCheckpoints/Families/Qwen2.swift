// Owns: how folders of Qwen 2 and 2.5 and of what was distilled into them are seen as GGUF files.

/// The Qwen 2 family: Llama's names with biases on queries, keys and values, rows in the order they have.
///
/// Every configuration states a window; blocks from `max_window_layers` on slide where `use_sliding_window`
/// says so. Source: the configurations' documentation in the transformers library.
enum Qwen2Family: CheckpointFamily {
  static let modelTypes = ["qwen2"]
  static let architecture = "qwen2"

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    try configuration.require("hidden_act", toBe: "silu")
    let contextLength = 32_768
    let sizes = try mapping.setDecoder(contextLength: contextLength)
    try mapping.setRotary(
      RotaryConfiguration(configuration, defaultContext: contextLength),
      headWidth: sizes.headWidth
    )
    if try configuration.bool("use_sliding_window", default: false) {
      let first = try configuration.int("max_window_layers", in: 0...65_536, default: 28)
      try mapping.setSlidingBlocks(
        window: try configuration.int("sliding_window", default: 4096),
        slides: (0..<sizes.blockCount).map { $0 >= first }
      )
    }
    mapping.addEmbeddings(isTied: try configuration.bool("tie_word_embeddings", default: false))
    for layer in 0..<sizes.blockCount {
      let (block, stored) = ("blk.\(layer).", "model.layers.\(layer).")
      mapping.add(block + "attn_norm.weight", .stored(stored + "input_layernorm.weight"))
      mapping.addAttention(block, from: stored + "self_attn.")
      mapping.add(block + "ffn_norm.weight", .stored(stored + "post_attention_layernorm.weight"))
      mapping.addGatedFeedForward(block, from: stored + "mlp.")
    }
    mapping.ignore { $0.hasSuffix(".rotary_emb.inv_freq") }
  }
}
