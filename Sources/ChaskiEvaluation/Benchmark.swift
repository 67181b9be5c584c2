// Owns: measuring prefill and decode. Does not own: how figures are shown.

package import ChaskiGeneration
import ChaskiLayers
import ChaskiModels
package import ChaskiTensors

/// What to measure.
package struct BenchmarkPlan: Sendable, Equatable {
  /// Tokens of a prefill measurement; none if empty.
  package var promptLengths: [Int]
  /// Tokens of a decode measurement; none if empty.
  package var decodeLengths: [Int]
  /// Sequences that a decode measurement steps together.
  package var batchSizes: [Int]
  /// Counted repetitions, after one that warms up.
  package var repetitions: Int
  /// Tokens of one prefill step.
  package var chunkLength: Int
  /// How keys and values are stored.
  package var cacheType: CacheType

  /// A plan; each list is a dimension of the table.
  package init(
    promptLengths: [Int],
    decodeLengths: [Int],
    batchSizes: [Int],
    repetitions: Int,
    chunkLength: Int,
    cacheType: CacheType
  ) {
    self.promptLengths = promptLengths
    self.decodeLengths = decodeLengths
    self.batchSizes = batchSizes
    self.repetitions = repetitions
    self.chunkLength = chunkLength
    self.cacheType = cacheType
  }
}

/// One line of a benchmark.
package struct BenchmarkFigure: Sendable, Equatable, Codable {
  /// What was measured.
  package enum Kind: String, Sendable, Codable {
    /// Reading a prompt.
    case prefill
    /// Generating token by token.
    case decode
  }

  /// What was measured.
  package let kind: Kind
  /// Tokens of one repetition (of each sequence).
  package let length: Int
  /// Sequences at once.
  package let batchSize: Int
  /// Tokens a second (of all sequences together) of each repetition, in order.
  package let rates: [Double]
  /// Bytes of weights a second: each step reads all of them.
  package let weightBytesPerSecond: Double
  /// Multiply and add operations with weights a second.
  package let operationsPerSecond: Double

  /// The middle of the rates.
  package var medianRate: Double { median(rates) }
  /// The lowest and highest rate.
  package var range: ClosedRange<Double> { (rates.min() ?? 0)...(rates.max() ?? 0) }
}

/// Runs a plan on a model.
package struct Benchmark: Sendable {
  private let plan: BenchmarkPlan

  /// A run of `plan`.
  ///
  /// - Throws: `EvaluationError.invalidOption` for numbers that make no sense.
  package init(_ plan: BenchmarkPlan) throws {
    for (name, values) in [
      ("prompt length", plan.promptLengths), ("decode length", plan.decodeLengths),
      ("batch", plan.batchSizes), ("repetitions", [plan.repetitions]),
      ("chunk", [plan.chunkLength]),
    ] {
      for value in values where !(1...1_000_000).contains(value) {
        throw EvaluationError.invalidOption(
          name: name,
          value: "\(value)",
          allowed: "from 1 to 1000000"
        )
      }
    }
    self.plan = plan
  }

  /// Measures everything in the plan; `report` is told each figure as it is known.
  ///
  /// - Throws: what the model throws, `CancellationError`.
  package func run(
    with engine: InferenceEngine,
    report: @Sendable (BenchmarkFigure) -> Void
  ) async throws {
    for length in plan.promptLengths {
      report(try await engine.perform { model, _ in try prefill(length, model) })
    }
    for batchSize in plan.batchSizes {
      for length in plan.decodeLengths {
        report(try await engine.perform { model, _ in try decode(length, batchSize, model) })
      }
    }
  }

  private func prefill(_ length: Int, _ model: LanguageModel) throws -> BenchmarkFigure {
    let rates = try repeated {
      let pages = try pool(length: length, batchSize: 1, model)
      let sequence = KVSequence(in: pages)
      let tokens = self.tokens(length, model)
      return try rate(tokens: length) {
        for first in stride(from: 0, to: length, by: plan.chunkLength) {
          let last = min(first + plan.chunkLength, length)
          try step(
            [Step.Input(sequence: sequence, tokens: Array(tokens[first..<last]))],
            model
          )
        }
      }
    }
    let output = model.architecture.embeddingLength * model.architecture.vocabularyCount
    let steps = (length + plan.chunkLength - 1) / plan.chunkLength
    let operations = 2 * (model.packedWeightCount - output) * length + 2 * output * steps
    return figure(.prefill, length, 1, rates, steps: steps, operations: operations, model)
  }

  private func decode(
    _ length: Int,
    _ batchSize: Int,
    _ model: LanguageModel
  ) throws -> BenchmarkFigure {
    let rates = try repeated {
      let pages = try pool(length: length, batchSize: batchSize, model)
      let sequences = (0..<batchSize).map { _ in KVSequence(in: pages) }
      let tokens = self.tokens(length, model)
      return try rate(tokens: length * batchSize) {
        for token in tokens {
          try step(sequences.map { Step.Input(sequence: $0, tokens: [token]) }, model)
        }
      }
    }
    return figure(
      .decode,
      length,
      batchSize,
      rates,
      steps: length,
      operations: 2 * model.packedWeightCount * length * batchSize,
      model
    )
  }

  private func figure(
    _ kind: BenchmarkFigure.Kind,
    _ length: Int,
    _ batchSize: Int,
    _ rates: [Double],
    steps: Int,
    operations: Int,
    _ model: LanguageModel
  ) -> BenchmarkFigure {
    let seconds = Double(length * batchSize) / median(rates)
    return BenchmarkFigure(
      kind: kind,
      length: length,
      batchSize: batchSize,
      rates: rates,
      weightBytesPerSecond: Double(model.packedByteCount * steps) / seconds,
      operationsPerSecond: Double(operations) / seconds
    )
  }

  private func pool(
    length: Int,
    batchSize: Int,
    _ model: LanguageModel
  ) throws -> CachePagePool {
    CachePagePool(
      layout: try CacheLayout(layers: model.architecture.cacheLayers, type: plan.cacheType),
      pageLimit: (length / CacheLayout.pageLength + 2) * batchSize
    )
  }

  private func step(_ inputs: [Step.Input], _ model: LanguageModel) throws {
    try Task.checkCancellation()
    let step = try Step(inputs, rotary: model.architecture.rotary, on: model.backend)
    _ = model.architecture.logits(step, on: model.backend)
  }

  private func repeated(_ measure: () throws -> Double) throws -> [Double] {
    _ = try measure()
    return try (0..<plan.repetitions).map { _ in try measure() }
  }

  private func rate(tokens: Int, _ work: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(work)
    return Double(tokens) / (duration / .seconds(1))
  }

  /// Tokens all over the vocabulary, the same in every run.
  private func tokens(_ count: Int, _ model: LanguageModel) -> [Int32] {
    let vocabulary = UInt64(model.architecture.vocabularyCount)
    var state: UInt64 = 1
    return (0..<count).map { _ in
      // Knuth's MMIX multiplier; the high bits of a linear congruence are the good ones.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int32((state >> 33) % vocabulary)
    }
  }
}

/// The middle value, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return 0 }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
