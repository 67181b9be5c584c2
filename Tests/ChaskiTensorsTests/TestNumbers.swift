// Owns: reproducible inputs for these tests. Does not own: expectations.

import ChaskiTensors

/// `count` numbers from -1 to 1, the same ones for the same seed.
func testNumbers(_ count: Int, seed: UInt64) -> [Float] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
  }
}

extension PackedMatrix {
  /// A matrix of float32 weights, in an arena of its own. [rows, depth]
  static func floats(
    _ values: [Float],
    rows: Int,
    depth: Int,
    with workers: WorkerPool
  ) throws -> PackedMatrix {
    let arena = try WeightArena(byteCount: ((rows + 15) / 16 * 16 + 1) * depth * 4 + 64)
    return try PackedMatrix(
      packing: unsafe values.span.bytes,
      name: "w",
      type: .f32,
      rows: rows,
      depth: depth,
      into: arena,
      with: workers
    )
  }
}
