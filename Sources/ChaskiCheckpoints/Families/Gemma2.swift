// Owns: how folders of Gemma 2 are seen as GGUF files.

import ChaskiFiles
import ChaskiTensors

/// The Gemma 2 family: gains less 1, four norms a block, one embedding for input and output.
///
/// Source: the configurations' documentation in the transformers library.
enum Gemma2Family: CheckpointFamily {
  static let modelTypes = ["gemma2"]
  static let architecture = "gemma2"

  static func map(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    try configuration.require("hidden_activation", toBe: "gelu_pytorch_tanh")
    let contextLength = 8192
    let sizes = try mapping.setDecoder(contextLength: contextLength)
    try mapping.setRotary(
      RotaryConfiguration(configuration, defaultContext: contextLength),
      headWidth: sizes.headWidth
    )
    try setScales(&mapping)
    try mapping.setSlidingBlocks(
      window: try configuration.int("sliding_window", default: 4096),
      slides: (0..<sizes.blockCount).map { $0 % 2 == 0 },
      areUsual: true
    )
    mapping.addEmbeddings(
      isTied: try configuration.bool("tie_word_embeddings", default: true),
      norm: TensorRecipe.plusOne
    )
    for layer in 0..<sizes.blockCount {
      let (block, stored) = ("blk.\(layer).", "model.layers.\(layer).")
      for (name, storedName) in [
        ("attn_norm", "input_layernorm"), ("post_attention_norm", "post_attention_layernorm"),
        ("ffn_norm", "pre_feedforward_layernorm"), ("post_ffw_norm", "post_feedforward_layernorm"),
      ] {
        let gain = TensorRecipe.stored("\(stored)\(storedName).weight")
        mapping.add("\(block)\(name).weight", .plusOne(gain))
      }
      mapping.addAttention(block, from: stored + "self_attn.")
      mapping.addGatedFeedForward(block, from: stored + "mlp.")
    }
    mapping.ignore { $0.hasSuffix(".rotary_emb.inv_freq") }
  }

  /// The keys of the caps, the same in GGUF, and what they are without the key.
  static let usualCaps: [(key: String, usual: Float)] = [
    ("attn_logit_softcapping", 50), ("final_logit_softcapping", 30),
  ]

  private static func setScales(_ mapping: inout FolderMapping) throws(CheckpointError) {
    let configuration = mapping.configuration
    for (key, usual) in usualCaps {
      // Of these alone null does not mean what a missing key does.
      let cap = try configuration.isNull(key) ? nil : configuration.float(key, default: usual)
      if let cap, !(0.001...1e6).contains(cap) {
        throw configuration.invalid(key, "null or between 0.001 and 1e6", .number(Double(cap)))
      }
      mapping.set(key, cap ?? SoftCap.none)
    }
    let scalar = try configuration.float("query_pre_attn_scalar", default: 256)
    guard scalar > 0 else {
      throw configuration.invalid("query_pre_attn_scalar", "above 0", .number(Double(scalar)))
    }
    mapping.set("attention.scale", Float(1 / Double(scalar).squareRoot()))
    let width = try configuration.int("hidden_size")
    mapping.set(
      "embedding_scale",
      rounded(
        Float(width).squareRoot(),
        to: mapping.weights["model.embed_tokens.weight"]?.elementType
      )
    )
  }

  /// The models were trained with the factor in the weights' own type.
  private static func rounded(_ factor: Float, to type: ElementType?) -> Float {
    switch type {
    case .f16: return Float(Float16(factor))
    case .bf16:
      let bits = factor.bitPattern
      return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
    default: return factor
    }
  }
}
