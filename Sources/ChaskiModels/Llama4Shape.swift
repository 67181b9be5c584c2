// Owns: the hyperparameters that only Llama 4 has, read and checked.

import ChaskiCheckpoints
import ChaskiLayers
import ChaskiTensors

/// What Llama 4 adds to the sizes of a decoder.
///
/// Files that others wrote leave all of this to the reader, whose defaults are Scout's and Maverick's.
struct Llama4Shape {
  /// Which layers see positions. [L]
  let seesPositions: [Bool]
  /// The positions that each layer sees. [L]
  let spans: [AttentionSpan]
  /// Whether layers that see positions normalise queries and keys.
  let normalises: Bool
  /// How the other layers' scores grow.
  let temperature: TemperedAttention.Temperature

  /// Reads them for `blockCount` layers and `expertCount` experts.
  init(from source: ModelSource, blockCount: Int, expertCount: Int) throws {
    let isFull = try source.int("attention.sliding_window") == 0
    let pattern = try Self.perLayer("rope.layers", count: blockCount, from: source)
    let sees = pattern?.map { $0 != 0 } ?? (0..<blockCount).map { isFull || $0 % 4 != 3 }
    let chunks = try Self.perLayer("attention.chunk_length", count: blockCount, from: source)
    seesPositions = sees
    spans = (0..<blockCount).map { layer in
      let length = chunks?[layer] ?? (isFull || !sees[layer] ? 0 : 8192)
      return length == 0 ? .all : .chunk(length)
    }
    // Maverick, of 128 experts, is the model without the norm.
    normalises =
      try source.checkpoint.bool(source.key("attention.rotated_norm")) ?? (expertCount != 128)
    temperature = TemperedAttention.Temperature(
      scale: try source.float("attention.temperature_scale", in: 0...100) ?? 0.1,
      length: try source.int(
        "attention.temperature_length",
        in: 1...Int(Int32.max),
        default: 8192
      )
    )
  }

  private static func perLayer(
    _ name: String,
    count: Int,
    from source: ModelSource
  ) throws -> [Int]? {
    guard try source.checkpoint.ints(source.key(name)) != nil else { return nil }
    return try source.intPerLayer(name, count: count, in: 0...Int(Int32.max))
  }

  /// The attention of layer `index` by these projections.
  func attention(
    _ index: Int,
    _ projections: AttentionProjections,
    epsilon: Float
  ) -> any SelfAttention {
    guard seesPositions[index] else {
      return TemperedAttention(projections, temperature: temperature)
    }
    guard normalises else { return GroupedQueryAttention(projections, halfSplit: false) }
    return RotaryThenNormAttention(projections, epsilon: epsilon)
  }
}
