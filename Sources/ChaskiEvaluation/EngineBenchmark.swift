// Owns: measuring the engine that serves many at once, against the steps alone.

package import ChaskiGeneration
import ChaskiLayers
import ChaskiModels
import ChaskiSampling
import ChaskiTensors

/// What a batching engine reached with a number of streams.
package struct EngineFigure: Sendable, Equatable, Codable {
  /// Answers at once.
  package let streams: Int
  /// Tokens of each answer.
  package let length: Int
  /// Tokens a second, of all answers together, of each repetition: from the requests to the last event.
  package let rates: [Double]
  /// Tokens a second of the same steps without requests, choices and events.
  package let stepRates: [Double]
  /// Seconds from the requests to a first token, the middle of all.
  package let firstTokenSeconds: Double

  /// The middle of the rates.
  package var medianRate: Double { median(rates) }
  /// The middle of the rates of the steps alone.
  package var medianStepRate: Double { median(stepRates) }
}

/// Compares greedy answers by a batching engine to the bare steps, in turns.
package struct EngineBenchmark {
  private static let promptLength = 4
  private let engine: BatchEngine
  private let length: Int
  private let repetitions: Int

  /// A benchmark of answers of `length` tokens.
  package init(_ engine: BatchEngine, length: Int, repetitions: Int) {
    self.engine = engine
    self.length = length
    self.repetitions = repetitions
  }

  /// Measures so many answers at once.
  ///
  /// - Throws: what the engine throws; `CancellationError`.
  package func measure(streams: Int) async throws -> EngineFigure {
    var (rates, stepRates): ([Double], [Double]) = ([], [])
    var waits: [Double] = []
    for repetition in 0...repetitions {
      try Task.checkCancellation()
      let stepRate = try await self.stepRate(streams)
      let start = ContinuousClock.now
      let results = try await answers(streams, repetition)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      // The first repetition warms up.
      guard repetition > 0 else { continue }
      rates.append(Double(streams * length) / seconds)
      stepRates.append(stepRate)
      waits += results.map { $0.statistics.timeToFirstToken / .seconds(1) }
    }
    return EngineFigure(
      streams: streams,
      length: length,
      rates: rates,
      stepRates: stepRates,
      firstTokenSeconds: median(waits)
    )
  }

  private func answers(_ streams: Int, _ repetition: Int) async throws -> [GenerationResult] {
    try await withThrowingTaskGroup(of: GenerationResult?.self) { group in
      for stream in 0..<streams {
        group.addTask {
          var request = GenerationRequest(
            prompt: tokens(after: UInt64(repetition * streams + stream), Self.promptLength),
            sampling: .greedy
          )
          request.maximumTokens = length
          request.ignoresEndOfText = true
          for try await event in engine.generate(request) {
            if case .finished(let result) = event { return result }
          }
          return nil
        }
      }
      var results: [GenerationResult] = []
      for try await result in group { if let result { results.append(result) } }
      return results
    }
  }

  /// Tokens a second of `length` steps of one token for each of so many sequences.
  private func stepRate(_ streams: Int) async throws -> Double {
    try await engine.perform { [length, cacheType = engine.options.cacheType] model in
      let pages = CachePagePool(
        layout: try CacheLayout(layers: model.architecture.cacheLayers, type: cacheType),
        contextLength: Self.promptLength + length,
        stepLength: 1,
        sequenceCount: streams
      )
      let sequences = (0..<streams).map { _ in KVSequence(in: pages) }
      let chosen = tokens(after: 1, streams, of: model)
      let duration = try ContinuousClock().measure {
        for _ in 0..<length {
          let inputs = zip(sequences, chosen).map { Step.Input(sequence: $0, tokens: [$1]) }
          let step = try model.architecture.step(inputs, on: model.backend)
          _ = model.architecture.logits(step, on: model.backend)
        }
      }
      return Double(streams * length) / (duration / .seconds(1))
    }
  }

  private func tokens(after seed: UInt64, _ count: Int) -> [Int32] {
    tokens(after: seed, count, of: engine.model)
  }

  private func tokens(after seed: UInt64, _ count: Int, of model: LanguageModel) -> [Int32] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in Int32(random.next() % UInt64(model.vocabularyCount)) }
  }
}
