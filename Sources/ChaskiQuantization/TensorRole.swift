// Owns: what part of a model a tensor is, as far as the choice of its type cares, and which tensors keep
// the type they have. Does not own: the choice (QuantizationMix, MixRules).

/// What a tensor does in a model, told from its name.
///
/// The classes are llama.cpp's (src/llama-quant.cpp), whose mixes are written in terms of them.
package enum TensorRole: Hashable, Sendable {
  /// The output projection.
  case output
  /// The input embedding, which is the output projection too where the file has none.
  case embedding
  /// Values, or what values are part of: fused query, key and value, or the latent's expansion.
  case attentionValue
  case attentionKey
  case attentionQuery
  case attentionOutput
  case feedForwardDown
  case feedForwardGate
  case feedForwardUp
  case other

  /// The role of the tensor called `name`.
  package init(name: String) {
    if let exact = Self.exact[name] {
      self = exact
      return
    }
    self = Self.parts.first { name.contains($0.part) }?.role ?? .other
  }

  private static let exact: [String: TensorRole] = [
    "output.weight": .output,
    "token_embd.weight": .embedding,
    "per_layer_token_embd.weight": .embedding,
  ]

  /// Parts of names, in the order in which they decide.
  private static let parts: [(part: String, role: TensorRole)] = [
    ("attn_qkv.weight", .attentionValue),
    ("attn_kv_b.weight", .attentionValue),
    ("attn_v.weight", .attentionValue),
    ("attn_k.weight", .attentionKey),
    ("attn_q.weight", .attentionQuery),
    ("attn_output.weight", .attentionOutput),
    ("ffn_up", .feedForwardUp),
    ("ffn_gate", .feedForwardGate),
    ("ffn_down", .feedForwardDown),
  ]
}

/// Which tensors are quantised at all: matrices of weights that are multiplied with activations.
package enum QuantizableTensors {
  /// Whether llama.cpp's quantiser, and so ours, gives the tensor another type.
  ///
  /// `dimensions` are GGUF's, fastest first; trailing ones of 1 do not count.
  package static func contains(name: String, dimensions: [Int]) -> Bool {
    let rank = (dimensions.lastIndex { $0 != 1 } ?? 0) + 1
    return rank >= 2 && name.hasSuffix("weight") && !kept.contains { name.contains($0) }
      && !keptNames.contains(name)
  }

  private static let keptNames: Set<String> = ["position_embd.weight", "token_types.weight"]

  /// Norms, routers, positions, convolutions and the small matrices of recurrent models: too small or too
  /// sensitive to be worth it.
  private static let kept = [
    "_norm.weight", "ffn_gate_inp.weight", "ffn_gate_tid2eid.weight", "altup", "laurel",
    "per_layer_model_proj", "ssm_conv1d", "shortconv.conv.weight", "indexer.k_proj.weight",
    "indexer.q_proj.weight", "time_mix_first.weight", "time_mix_w0.weight", "time_mix_w1.weight",
    "time_mix_w2.weight", "time_mix_v0.weight", "time_mix_v1.weight", "time_mix_v2.weight",
    "time_mix_a0.weight", "time_mix_a1.weight", "time_mix_a2.weight", "time_mix_g1.weight",
    "time_mix_g2.weight", "time_mix_decay_w1.weight", "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight", "attn_rel_b.weight", ".position_embd", "sam.pos_embd",
    "sam.neck.",
    "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger", "a.rvq.codebook", "mm.a.code_embd",
  ]
}
