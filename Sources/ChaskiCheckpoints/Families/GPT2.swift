// Owns: how folders of GPT-2 are seen as GGUF files.

/// The GPT-2 family: matrices stored as [inputs, outputs], names with or without `transformer.` before them,
/// masks among the weights.
///
/// Source: the configurations' documentation in the transformers library.
enum GPT2Family: CheckpointFamily {
  static let modelTypes = ["gpt2"]
  static let architecture = "gpt2"

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    try configuration.require("activation_function", toBe: "gelu_new")
    for (key, usual) in [
      ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false),
      ("add_cross_attention", false),
    ] where try configuration.bool(key, default: usual) != usual {
      throw .unsupported(file: configuration.file, feature: "\"\(key)\" other than \(usual)")
    }
    let blockCount = try setSizes(&mapping)
    let model = mapping.has("transformer.wte.weight") ? "transformer." : ""
    mapping.add("token_embd.weight", .stored(model + "wte.weight"))
    mapping.add("position_embd.weight", .widened(.stored(model + "wpe.weight")))
    for layer in 0..<blockCount { addBlock(layer, of: model, to: &mapping) }
    mapping.addNorm("output_norm", from: model + "ln_f")
    if try configuration.bool("tie_word_embeddings", default: true) {
      mapping.ignore { $0 == "lm_head.weight" }
    } else {
      mapping.add("output.weight", .stored("lm_head.weight"))
    }
    mapping.ignore { $0.hasSuffix(".attn.bias") || $0.hasSuffix(".attn.masked_bias") }
  }

  /// Sets the sizes and returns the number of blocks.
  private static func setSizes(_ mapping: inout FolderMapping) throws(CheckpointError) -> Int {
    let configuration = mapping.configuration
    let blockCount = try configuration.int("n_layer", in: 1...4096, default: 12)
    let width = try configuration.int("n_embd", in: 1...1 << 20, default: 768)
    mapping.set("block_count", blockCount)
    mapping.set("context_length", try configuration.int("n_positions", default: 1024))
    mapping.set("embedding_length", width)
    mapping.set(
      "feed_forward_length",
      try configuration.int("n_inner", in: 1...1 << 24, default: 4 * width)
    )
    mapping.set(
      "attention.head_count",
      try configuration.int("n_head", in: 1...65_536, default: 12)
    )
    mapping.set(
      "attention.layer_norm_epsilon",
      try configuration.float("layer_norm_epsilon", default: 1e-5)
    )
    if let count = try configuration.optionalInt("vocab_size") { mapping.set("vocab_size", count) }
    return blockCount
  }

  private static func addBlock(_ layer: Int, of model: String, to mapping: inout FolderMapping) {
    let (block, stored) = ("blk.\(layer).", "\(model)h.\(layer).")
    mapping.addNorm(block + "attn_norm", from: stored + "ln_1")
    addTransposed(block + "attn_qkv", from: stored + "attn.c_attn", to: &mapping)
    addTransposed(block + "attn_output", from: stored + "attn.c_proj", to: &mapping)
    mapping.addNorm(block + "ffn_norm", from: stored + "ln_2")
    addTransposed(block + "ffn_up", from: stored + "mlp.c_fc", to: &mapping)
    addTransposed(block + "ffn_down", from: stored + "mlp.c_proj", to: &mapping)
  }

  private static func addTransposed(
    _ name: String,
    from stored: String,
    to mapping: inout FolderMapping
  ) {
    mapping.add(name + ".weight", .transposed(.stored(stored + ".weight")))
    mapping.add(name + ".bias", .stored(stored + ".bias"))
  }
}
