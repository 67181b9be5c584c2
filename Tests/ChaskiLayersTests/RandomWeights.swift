// Owns: weights and activations of no meaning for the tests of layers, as matrices and as plain numbers.

import ChaskiLayers
import ChaskiTensors

/// Numbers drawn one after another, and matrices of them.
struct RandomWeights {
  let backend: CPUBackend
  private let arena: WeightArena
  private var state: UInt64

  init(seed: UInt64, threads: Int = 1) throws {
    backend = try CPUBackend(threadCount: threads)
    arena = try WeightArena(byteCount: 16 << 20)
    state = seed
  }

  /// Numbers between -1 and 1, times `scale`.
  mutating func numbers(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23) * scale
    }
  }

  /// A matrix of random numbers that keeps a row's products near 1.
  mutating func matrix(rows: Int, depth: Int) throws -> RandomMatrix {
    let values = numbers(rows * depth, scale: 2 / Float(depth).squareRoot())
    // Bytes of floats have no padding, so every one of them may be read.
    let packed = try PackedMatrix(
      packing: unsafe values.span.bytes,
      name: "random",
      type: .f32,
      rows: rows,
      depth: depth,
      into: arena,
      with: backend.workers
    )
    return RandomMatrix(packed: packed, values: values)
  }
}

/// A matrix, packed and as plain numbers. [rows, depth]
struct RandomMatrix {
  let packed: PackedMatrix
  let values: [Float]

  /// W x, in double.
  func times(_ x: [Double]) -> [Double] {
    (0..<packed.rows).map { row in
      zip(values[row * packed.depth..<(row + 1) * packed.depth], x)
        .reduce(0) { $0 + Double($1.0) * $1.1 }
    }
  }
}
