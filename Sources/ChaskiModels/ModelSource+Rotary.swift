// Owns: reading how a model's rotary embedding is scaled.

package import ChaskiLayers
import ChaskiCheckpoints
import ChaskiTensors
import Foundation

extension ModelSource {
  /// The rotary embedding that the file's `rope.*` keys describe.
  ///
  /// `headWidth`, E, is the default for how many elements are rotated, and `contextLength` for the
  /// context of the training.
  package func rotary(headWidth: Int, contextLength: Int) throws -> RotaryEmbedding {
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
      scaling: try rotaryScaling(width: width, contextLength: contextLength)
    )
  }

  private func rotaryScaling(width: Int, contextLength: Int) throws -> RotaryScaling {
    if has("rope_freqs.weight") {
      return .perPair(try vector("rope_freqs.weight", count: width / 2).values)
    }
    let factor =
      try float("rope.scaling.factor", in: 0.001...1e6)
      ?? float("rope.scale_linear", in: 0.001...1e6)
    let type = try string("rope.scaling.type") ?? (factor == nil ? "none" : "linear")
    switch (type, factor) {
    case ("none", _), (_, nil): return .none
    case ("linear", let factor?): return .linear(factor: factor)
    case ("yarn", let factor?):
      let magnitude = 0.1 * log(max(factor, 1)) + 1
      return .yarn(
        RotaryScaling.YaRN(
          factor: factor,
          originalContext: try int(
            "rope.scaling.original_context_length",
            in: 1...Int(Int32.max),
            default: contextLength
          ),
          betaFast: try float("rope.scaling.yarn_beta_fast", in: 0.001...1e6) ?? 32,
          betaSlow: try float("rope.scaling.yarn_beta_slow", in: 0.001...1e6) ?? 1,
          attentionFactor: try float("rope.scaling.attn_factor", in: 0...1e6)
            .map { $0 * magnitude }
        )
      )
    default:
      throw ModelError.unsupported(feature: "rotary scaling of type \"\(type)\"", file: path)
    }
  }
}
