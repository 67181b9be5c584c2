// Owns: reading how a model's rotary embedding is scaled.

package import ChaskiLayers
import ChaskiCheckpoints
import ChaskiTensors

extension ModelSource {
  /// The rotary embedding that the file's `rope.*` keys describe.
  ///
  /// `headWidth`, E, is the default for how many elements are rotated, and `contextLength` for the
  /// context of the training. `yarnMagnitude` replaces what YaRN multiplies sine and cosine by, for an
  /// architecture with a rule of its own; the file's `rope.scaling.attn_factor` multiplies either.
  package func rotary(
    headWidth: Int,
    contextLength: Int,
    yarnMagnitude: Float? = nil
  ) throws -> RotaryEmbedding {
    let width = try int("rope.dimension_count", in: 2...headWidth, default: headWidth)
    guard width % 2 == 0 else {
      throw ModelError.invalidHyperparameter(
        key: key("rope.dimension_count"),
        value: "\(width)",
        reason: "which is odd",
        file: path
      )
    }
    let base = try float("rope.freq_base", in: 1...1e12) ?? 10_000
    return RotaryEmbedding(
      width: width,
      base: base,
      scaling: try rotaryScaling(
        width: width,
        contextLength: contextLength,
        yarnMagnitude: yarnMagnitude
      )
    )
  }

  private func rotaryScaling(
    width: Int,
    contextLength: Int,
    yarnMagnitude: Float?
  ) throws -> RotaryScaling {
    if has("rope_freqs.weight") {
      return .perPair(try vector("rope_freqs.weight", count: width / 2).values)
    }
    if has("rope_factors_long.weight") {
      return .longRope(try longRope(width: width, contextLength: contextLength))
    }
    let factor =
      try float("rope.scaling.factor", in: 0.001...1e6)
      ?? float("rope.scale_linear", in: 0.001...1e6)
    let type = try string("rope.scaling.type") ?? (factor == nil ? "none" : "linear")
    switch (type, factor) {
    case ("none", _), (_, nil): return .none
    case ("linear", let factor?): return .linear(factor: factor)
    case ("dynamic", let factor?):
      // A type of ours: GGUF has none for angles that depend on the context's length.
      return .dynamicNTK(
        factor: factor,
        originalContext: try originalContext(default: contextLength)
      )
    case ("yarn", let factor?):
      return .yarn(
        try yarn(factor: factor, contextLength: contextLength, magnitude: yarnMagnitude)
      )
    default:
      throw ModelError.unsupported(feature: "rotary scaling of type \"\(type)\"", file: path)
    }
  }

  private func longRope(width: Int, contextLength: Int) throws -> RotaryScaling.LongRoPE {
    let originalContext = try originalContext(default: contextLength)
    return RotaryScaling.LongRoPE(
      shortFactors: try vector("rope_factors_short.weight", count: width / 2).values,
      longFactors: try vector("rope_factors_long.weight", count: width / 2).values,
      originalContext: originalContext,
      attentionFactor: try float("rope.scaling.attn_factor", in: 0...1e6)
        ?? RotaryScaling.LongRoPE.attentionFactor(
          contextLength: contextLength,
          originalContext: originalContext
        )
    )
  }

  private func yarn(
    factor: Float,
    contextLength: Int,
    magnitude: Float?
  ) throws -> RotaryScaling.YaRN {
    RotaryScaling.YaRN(
      factor: factor,
      originalContext: try originalContext(default: contextLength),
      betaFast: try float("rope.scaling.yarn_beta_fast", in: 0.001...1e6) ?? 32,
      betaSlow: try float("rope.scaling.yarn_beta_slow", in: 0.001...1e6) ?? 1,
      attentionFactor: try (magnitude ?? yarnMagnitude(factor: factor))
        * (float("rope.scaling.attn_factor", in: 0...1e6) ?? 1)
    )
  }

  /// Where attention's scale is raised as well (`yarn_log_multiplier`), sine and cosine are that much less.
  private func yarnMagnitude(factor: Float) throws -> Float {
    let multiplier = try float("rope.scaling.yarn_log_multiplier", in: 0...1e3) ?? 0
    let magnitude = RotaryScaling.YaRN.magnitude(factor: factor)
    return multiplier == 0
      ? magnitude
      : magnitude / RotaryScaling.YaRN.magnitude(factor: factor, multiplier: multiplier)
  }

  private func originalContext(default contextLength: Int) throws -> Int {
    try int(
      "rope.scaling.original_context_length",
      in: 1...Int(Int32.max),
      default: contextLength
    )
  }
}
