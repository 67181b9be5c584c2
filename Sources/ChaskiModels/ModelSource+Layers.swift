// Owns: reading the layers that several architectures share. Does not own: which a model has.

import ChaskiLayers

extension ModelSource {
  /// The epsilon of the file's root mean square norms.
  package func rmsEpsilon() throws -> Float {
    try float("attention.layer_norm_rms_epsilon", in: 0...1) ?? 1e-5
  }

  /// The feed-forward layer of block `index` that is gated by a SiLU.
  func gatedFeedForward(_ index: Int, _ shape: DecoderShape) throws -> GatedFeedForward {
    let name = "blk.\(index)."
    let (d, f) = (shape.embeddingLength, shape.feedForwardLengths[index])
    return GatedFeedForward(
      gate: try linear(name + "ffn_gate", rows: f, depth: d),
      up: try linear(name + "ffn_up", rows: f, depth: d),
      down: try linear(name + "ffn_down", rows: d, depth: f)
    )
  }
}
