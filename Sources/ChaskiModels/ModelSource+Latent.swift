// Owns: how latent attention reads its weights and its rotary embedding from a file.

import ChaskiCheckpoints
import ChaskiLayers
import ChaskiTensors
import Foundation

extension ModelSource {
  /// The two matrices that each head expands a latent with, U_K^T [C, N] and U_V [V, C], H of each.
  ///
  /// A file has them apart, the first transposed (`attn_k_b`, `attn_v_b`), or, if it is old, as one
  /// matrix of [N + V, C] for each head (`attn_kv_b`).
  func latentHeads(
    _ block: String,
    shape: LatentAttention.Shape
  ) throws -> (keys: [PackedMatrix], values: [PackedMatrix]) {
    guard !has(block + "attn_kv_b.weight") else {
      return try fusedLatentHeads(block + "attn_kv_b.weight", shape: shape)
    }
    let keys = try stacked(
      block + "attn_k_b.weight",
      count: shape.headCount,
      rows: [shape.latentWidth],
      depth: shape.plainWidth
    )
    let values = try stacked(
      block + "attn_v_b.weight",
      count: shape.headCount,
      rows: [shape.valueWidth],
      depth: shape.latentWidth
    )
    return (keys.map { $0[0] }, values.map { $0[0] })
  }

  private func fusedLatentHeads(
    _ name: String,
    shape: LatentAttention.Shape
  ) throws -> (keys: [PackedMatrix], values: [PackedMatrix]) {
    let rows = shape.plainWidth + shape.valueWidth
    let all = shape.headCount * rows
    var (keys, values): ([PackedMatrix], [PackedMatrix]) = ([], [])
    for head in 0..<shape.headCount {
      let first = head * rows
      let split = first + shape.plainWidth
      keys.append(
        try transposedMatrix(name, part: first..<split, of: all, depth: shape.latentWidth)
      )
      values.append(
        try matrix(name, part: split..<first + rows, of: all, depth: shape.latentWidth)
      )
    }
    return (keys, values)
  }

  /// The angles of the rotated part of heads, and what multiplies scores.
  ///
  /// Files hold a tenth of the paper's `mscale_all_dim`. Where there is one, it stretches scores instead
  /// of sines and cosines. Source: DeepSeek-AI 2024, https://arxiv.org/abs/2405.04434, section 3.1.4, and
  /// its published code; YaRN is Peng et al. 2023, https://arxiv.org/abs/2309.00071.
  func latentRotary(
    shape: LatentAttention.Shape,
    contextLength: Int
  ) throws -> (rotary: RotaryEmbedding, scale: Float) {
    let plain = 1 / Float(shape.queryWidth).squareRoot()
    guard try string("rope.scaling.type") == "yarn",
      let factor = try float("rope.scaling.factor", in: 0.001...1e6),
      let multiplier = try float("rope.scaling.yarn_log_multiplier", in: 0...1e3), multiplier != 0
    else {
      return (try rotary(headWidth: shape.rotaryWidth, contextLength: contextLength), plain)
    }
    let m = Float(1 + Double(multiplier) * log(max(Double(factor), 1)))
    return (
      try rotary(headWidth: shape.rotaryWidth, contextLength: contextLength, yarnMagnitude: 1),
      plain * m * m
    )
  }
}
