// Owns: how folders of the dense Qwen 3 models are seen as GGUF files.

/// The dense Qwen 3 family: Llama's names with a gain for the heads of queries and one for those of keys.
///
/// Source: the configurations' documentation in the transformers library.
enum Qwen3Family: CheckpointFamily {
  static let modelTypes = ["qwen3"]
  static let architecture = "qwen3"

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
      throw .unsupported(file: configuration.file, feature: "a sliding window in Qwen 3")
    }
    mapping.addEmbeddings(isTied: try configuration.bool("tie_word_embeddings", default: false))
    for layer in 0..<sizes.blockCount {
      let (block, stored) = ("blk.\(layer).", "model.layers.\(layer).")
      mapping.add(block + "attn_norm.weight", .stored(stored + "input_layernorm.weight"))
      mapping.addAttention(block, from: stored + "self_attn.")
      mapping.add(block + "attn_q_norm.weight", .stored(stored + "self_attn.q_norm.weight"))
      mapping.add(block + "attn_k_norm.weight", .stored(stored + "self_attn.k_norm.weight"))
      mapping.add(block + "ffn_norm.weight", .stored(stored + "post_attention_layernorm.weight"))
      mapping.addGatedFeedForward(block, from: stored + "mlp.")
    }
  }
}
