// Owns: how folders of Phi-3, Phi-3.5 and Phi-4 are seen as GGUF files.

/// The Phi-3 family: queries, keys and values in one matrix, gate and up in another, in GGUF's order already.
///
/// Source: the configurations' documentation in the transformers library.
enum Phi3Family: CheckpointFamily {
  static let modelTypes = ["phi3"]
  static let architecture = "phi3"

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    try configuration.require("hidden_act", toBe: "silu")
    let contextLength = 4096
    let sizes = try mapping.setDecoder(contextLength: contextLength, epsilon: 1e-5)
    try mapping.setRotary(
      RotaryConfiguration(configuration, defaultContext: contextLength),
      headWidth: sizes.headWidth
    )
    // 0 is how files of this family say that there is no window.
    mapping.set(
      "attention.sliding_window",
      try configuration.int("sliding_window", in: 0...Int(Int32.max), default: 0)
    )
    mapping.addEmbeddings(isTied: try configuration.bool("tie_word_embeddings", default: false))
    for layer in 0..<sizes.blockCount {
      let (block, stored) = ("blk.\(layer).", "model.layers.\(layer).")
      mapping.add(block + "attn_norm.weight", .stored(stored + "input_layernorm.weight"))
      mapping.addLinear(block + "attn_qkv", from: stored + "self_attn.qkv_proj")
      mapping.addLinear(block + "attn_output", from: stored + "self_attn.o_proj")
      mapping.add(block + "ffn_norm.weight", .stored(stored + "post_attention_layernorm.weight"))
      mapping.addLinear(block + "ffn_up", from: stored + "mlp.gate_up_proj")
      mapping.addLinear(block + "ffn_down", from: stored + "mlp.down_proj")
    }
    mapping.ignore { $0.hasSuffix(".rotary_emb.inv_freq") }
  }
}
