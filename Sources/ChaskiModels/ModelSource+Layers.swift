// Owns: reading the layers that several architectures share. Does not own: which a model has.

package import ChaskiLayers

extension ModelSource {
  /// The epsilon of the file's root mean square norms.
  package func rmsEpsilon() throws -> Float {
    try float("attention.layer_norm_rms_epsilon", in: 0...1) ?? 1e-5
  }

  /// The epsilon of the file's norms by mean and variance.
  package func layerNormEpsilon() throws -> Float {
    try float("attention.layer_norm_epsilon", in: 0...1) ?? 1e-5
  }

  /// A norm by mean and variance: `name`.weight and, if the file has it, `name`.bias. [count]
  package func layerNorm(_ name: String, count: Int, epsilon: Float) throws -> LayerNorm {
    LayerNorm(
      weight: try vector(name + ".weight", count: count),
      bias: has(name + ".bias") ? try vector(name + ".bias", count: count) : nil,
      epsilon: epsilon
    )
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

  /// The feed-forward layer of block `index` that is gated by a GELU.
  func geluGatedFeedForward(_ index: Int, _ shape: DecoderShape) throws -> GELUGatedFeedForward {
    let name = "blk.\(index)."
    let (d, f) = (shape.embeddingLength, shape.feedForwardLengths[index])
    return GELUGatedFeedForward(
      gate: try linear(name + "ffn_gate", rows: f, depth: d),
      up: try linear(name + "ffn_up", rows: f, depth: d),
      down: try linear(name + "ffn_down", rows: d, depth: f)
    )
  }

  /// The feed-forward layer of block `index` with one GELU.
  func geluFeedForward(_ index: Int, _ shape: DecoderShape) throws -> GELUFeedForward {
    let name = "blk.\(index)."
    let (d, f) = (shape.embeddingLength, shape.feedForwardLengths[index])
    return GELUFeedForward(
      up: try linear(name + "ffn_up", rows: f, depth: d),
      down: try linear(name + "ffn_down", rows: d, depth: f)
    )
  }

  /// The feed-forward layer of block `index` with one ReLU.
  func reluFeedForward(_ index: Int, _ shape: DecoderShape) throws -> ReLUFeedForward {
    let name = "blk.\(index)."
    let (d, f) = (shape.embeddingLength, shape.feedForwardLengths[index])
    return ReLUFeedForward(
      up: try linear(name + "ffn_up", rows: f, depth: d),
      down: try linear(name + "ffn_down", rows: d, depth: f)
    )
  }

  /// The learned vectors of positions 0 ..< `count`. [count, columns]
  package func learnedPositions(count: Int, columns: Int) throws -> LearnedPositions {
    LearnedPositions(
      table: try embedding("position_embd.weight", rows: count, columns: columns)
    )
  }
}
