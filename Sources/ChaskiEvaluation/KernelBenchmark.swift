// Owns: measuring single operations, away from any model: the product of each weight type, and attention.
// Does not own: how figures are shown.

package import ChaskiTensors

/// Measures the product with each type of weights, and attention over each kind of cache.
package struct KernelBenchmark {
  /// Tokens of the measurement that the processor's units bound.
  package static let tokenCount = 512
  /// Width and height of the matrix that many tokens are multiplied with: a layer of a model of 1.1B.
  static let width = 2048

  let backend: CPUBackend
  let repetitions: Int
  let streamByteCount: Int
  /// What the bandwidth is measured on.
  let stream: WeightArena

  /// Measurements on `backend`, the median of `repetitions` after one that warms up.
  ///
  /// The measurements for one token read `streamByteCount` bytes: more than the last cache of ordinary
  /// processors holds, unless said otherwise.
  ///
  /// - Throws: `EvaluationError.invalidOption`; `TensorError.outOfMemory`.
  package init(
    on backend: CPUBackend,
    repetitions: Int,
    streamByteCount: Int = 128 << 20
  ) throws {
    guard (1...1_000).contains(repetitions) else {
      throw EvaluationError.invalidOption(
        name: "repetitions",
        value: "\(repetitions)",
        allowed: "from 1 to 1000"
      )
    }
    self.backend = backend
    self.repetitions = repetitions
    self.streamByteCount = streamByteCount
    stream = try PackedMatrix.sample(
      .q8_0,
      depth: Self.width,
      byteCount: streamByteCount,
      with: backend.workers
    ).arena
  }

  /// The types whose product can be measured.
  package static var types: [ElementType] {
    ElementType.allCases.filter {
      PackedMatrix.packedByteCount(type: $0, rows: width, depth: width) != nil
    }
  }

  /// The product with weights of `type`, quantising the activations included.
  ///
  /// - Throws: `TensorError`.
  package func product(_ type: ElementType) throws -> KernelFigure {
    let square = try sample(
      type,
      byteCount: Self.width * Self.width / type.blockElementCount * type.blockByteCount
    )
    let operations = 2 * square.rows * square.depth * Self.tokenCount
    let tokens = activations(rows: Self.tokenCount, columns: square.depth)
    let many = rate(of: operations, limit: { $0.peakRate(of: type) }) {
      _ = backend.linear(.tensor(tokens), square)
    }
    let long = try sample(type, byteCount: streamByteCount)
    let token = activations(rows: 1, columns: long.depth)
    let one = rate(of: long.byteCount, limit: \.readBandwidth) {
      _ = backend.linear(.tensor(token), long)
    }
    return KernelFigure(
      name: type.name,
      threads: backend.workers.threadCount,
      manyTokens: many,
      oneToken: one
    )
  }

  private func sample(_ type: ElementType, byteCount: Int) throws -> PackedMatrix {
    try PackedMatrix.sample(type, depth: Self.width, byteCount: byteCount, with: backend.workers)
      .matrix
  }

  /// The rate of `work`, which does `amount` of what `limit` bounds.
  func rate(
    of amount: Int,
    limit: (MachineLimits) -> Double,
    _ work: () throws -> Void
  ) rethrows -> KernelFigure.Rate {
    let before = MachineLimits(measuredOn: backend, reading: stream)
    try work()
    let seconds = try (0..<repetitions).map { _ in
      try ContinuousClock().measure(work) / .seconds(1)
    }
    let after = MachineLimits(measuredOn: backend, reading: stream)
    return KernelFigure.Rate(
      seconds: seconds,
      perSecond: Double(amount) / median(seconds),
      limit: limit(before.orBetter(after))
    )
  }

  /// Activations between -1 and 1. [rows, columns]
  func activations(rows: Int, columns: Int) -> Tensor {
    var state: UInt32 = 1
    let values = (0..<rows * columns).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state)) * 0x1p-31
    }
    return backend.tensor(rows: rows, columns: columns, values)
  }
}
