// Owns: how folders of OPT are seen as GGUF files would be, if GGUF knew it.

/// The OPT family, with the size that normalises after its layers and projects its tokens' vectors (350M).
///
/// Names are ours (docs/models/opt.md). Source: the configurations' documentation in the transformers library.
enum OPTFamily: CheckpointFamily {
  static let modelTypes = ["opt"]
  static let architecture = "opt"

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    try configuration.require("activation_function", toBe: "relu")
    let normsBefore = try configuration.bool("do_layer_norm_before", default: true)
    try refuseVariants(configuration, normsBefore: normsBefore)
    let (blockCount, contextLength) = try setSizes(&mapping)
    let model =
      mapping.has("decoder.embed_tokens.weight") ? "decoder." : "model.decoder."
    mapping.add("token_embd.weight", .stored(model + "embed_tokens.weight"))
    // The first two rows of the table belong to no position.
    let positions = TensorRecipe.stored(model + "embed_positions.weight")
    mapping.add("position_embd.weight", .rows(2..<contextLength + 2, of: .widened(positions)))
    if !normsBefore { mapping.addLinear("token_embd_in", from: model + "project_in") }
    for layer in 0..<blockCount {
      addBlock(layer, of: model, normsBefore: normsBefore, to: &mapping)
    }
    if normsBefore {
      mapping.addNorm("output_norm", from: model + "final_layer_norm")
    } else {
      mapping.addLinear("token_embd_out", from: model + "project_out")
    }
    if try configuration.bool("tie_word_embeddings", default: true) {
      mapping.ignore { $0 == "lm_head.weight" }
    } else {
      mapping.add("output.weight", .stored("lm_head.weight"))
    }
  }

  /// What the format allows and no published OPT has.
  private static func refuseVariants(
    _ configuration: ModelConfiguration,
    normsBefore: Bool
  ) throws(CheckpointError) {
    for (key, usual) in [
      ("enable_bias", true), ("layer_norm_elementwise_affine", true),
      ("_remove_final_layer_norm", false),
    ] where try configuration.bool(key, default: usual) != usual {
      throw .unsupported(file: configuration.file, feature: "\"\(key)\" other than \(usual)")
    }
    let width = try configuration.int("hidden_size", default: 768)
    let isNarrow = try configuration.int("word_embed_proj_dim", default: width) != width
    guard isNarrow != normsBefore else {
      throw .unsupported(
        file: configuration.file,
        feature: normsBefore
          ? "projected token vectors with norms before each layer"
          : "norms after each layer without projected token vectors"
      )
    }
  }

  /// Sets the sizes and returns the number of blocks and of positions.
  private static func setSizes(
    _ mapping: inout FolderMapping
  ) throws(CheckpointError) -> (blockCount: Int, contextLength: Int) {
    let configuration = mapping.configuration
    let blockCount = try configuration.int("num_hidden_layers", in: 1...4096, default: 12)
    let contextLength = try configuration.int(
      "max_position_embeddings",
      in: 1...1 << 24,
      default: 2048
    )
    mapping.set("block_count", blockCount)
    mapping.set("context_length", contextLength)
    mapping.set(
      "embedding_length",
      try configuration.int("hidden_size", in: 1...1 << 20, default: 768)
    )
    mapping.set(
      "feed_forward_length",
      try configuration.int("ffn_dim", in: 1...1 << 24, default: 3072)
    )
    mapping.set(
      "attention.head_count",
      try configuration.int("num_attention_heads", in: 1...65_536, default: 12)
    )
    mapping.set("attention.layer_norm_epsilon", 1e-5 as Float)
    if let count = try configuration.optionalInt("vocab_size") { mapping.set("vocab_size", count) }
    return (blockCount, contextLength)
  }

  private static func addBlock(
    _ layer: Int,
    of model: String,
    normsBefore: Bool,
    to mapping: inout FolderMapping
  ) {
    let (block, stored) = ("blk.\(layer).", "\(model)layers.\(layer).")
    for (name, storedName) in [
      ("attn_q", "self_attn.q_proj"), ("attn_k", "self_attn.k_proj"),
      ("attn_v", "self_attn.v_proj"),
      ("attn_output", "self_attn.out_proj"), ("ffn_up", "fc1"), ("ffn_down", "fc2"),
    ] {
      mapping.addLinear(block + name, from: stored + storedName)
    }
    mapping.addNorm(
      block + (normsBefore ? "attn_norm" : "attn_output_norm"),
      from: stored + "self_attn_layer_norm"
    )
    mapping.addNorm(
      block + (normsBefore ? "ffn_norm" : "layer_output_norm"),
      from: stored + "final_layer_norm"
    )
  }
}
