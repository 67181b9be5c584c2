// Owns: one benchmark at work: the cache, the clock, and what was last measured of the machine.
// Does not own: what is measured (BenchmarkPlan).

import ChaskiGeneration
import ChaskiLayers
import ChaskiModels
import ChaskiTensors

/// A plan at work on one model with one kind of cache.
struct BenchmarkRun {
  private let plan: BenchmarkPlan
  private let model: LanguageModel
  private let pages: CachePagePool
  private let weights: WeightMix
  private let use: WeightUse
  private var limits: MachineLimits

  init(_ plan: BenchmarkPlan, cacheType: CacheType, _ model: LanguageModel) throws {
    self.plan = plan
    self.model = model
    pages = CachePagePool(
      layout: try CacheLayout(layers: model.architecture.cacheLayers, type: cacheType),
      pageLimit: plan.pageLimit
    )
    weights = WeightMix(of: model)
    use = WeightUse(of: model)
    limits = MachineLimits(measuredOn: model.backend, reading: model.weights)
  }

  mutating func measure(report: (BenchmarkFigure) -> Void) throws {
    let past = KVSequence(in: pages)
    for depth in plan.depths.sorted() {
      try extend(past, by: depth - past.length)
      for length in plan.promptLengths { report(try prefill(length, after: past)) }
      for batchSize in plan.batchSizes {
        for length in plan.decodeLengths {
          report(try decode(length, batchSize, after: past))
        }
      }
    }
  }

  private mutating func prefill(_ length: Int, after past: KVSequence) throws -> BenchmarkFigure {
    let rates = try repeated {
      let sequence = past.fork()
      return try rate(tokens: length) { try extend(sequence, by: length) }
    }
    let output = model.architecture.embeddingLength * model.architecture.vocabularyCount
    let steps = (length + plan.chunkLength - 1) / plan.chunkLength
    return figure(
      .prefill,
      length: length,
      depth: past.length,
      batchSize: 1,
      rates: rates,
      // Each step computes the logits of one token only.
      operations: 2 * (multipliedWeights - output) * length + 2 * output * steps,
      weightBytes: weightBytes(rows: min(length, plan.chunkLength)) * steps,
      cacheBytes: 0
    )
  }

  private mutating func decode(
    _ length: Int,
    _ batchSize: Int,
    after past: KVSequence
  ) throws -> BenchmarkFigure {
    // Each sequence has pages of its own: shared ones would be read from the processor's cache.
    var sequences = try (0..<batchSize).map { _ in try past.copy() }
    let tokens = self.tokens(length * batchSize)
    let rates = try repeated {
      for index in sequences.indices { try rewind(&sequences[index], to: past) }
      return try rate(tokens: length * batchSize) {
        for index in 0..<length {
          try step(
            sequences.enumerated().map { number, sequence in
              Step.Input(sequence: sequence, tokens: [tokens[index * batchSize + number]])
            }
          )
        }
      }
    }
    let cacheBytes = (past.length..<past.length + length).reduce(0) {
      $0 + pages.layout.byteCount(readFrom: $1)
    }
    return figure(
      .decode,
      length: length,
      depth: past.length,
      batchSize: batchSize,
      rates: rates,
      operations: 2 * multipliedWeights * length * batchSize,
      weightBytes: weightBytes(rows: batchSize) * length,
      cacheBytes: cacheBytes * batchSize
    )
  }

  /// Weights that one token is multiplied with.
  private var multipliedWeights: Int {
    Int(Double(model.packedWeightCount) * use.multipliedShare)
  }

  /// Bytes of weights that a step of `rows` tokens reads.
  private func weightBytes(rows: Int) -> Int {
    Int(Double(model.packedByteCount) * use.readShare(rows: rows))
  }

  /// Takes `sequence`, a copy of `past` that went on, back to where it began.
  private func rewind(_ sequence: inout KVSequence, to past: KVSequence) throws {
    guard sequence.restartLength(atMost: past.length) != past.length else {
      sequence.truncate(to: past.length)
      return
    }
    // Layers with a window have lost what the past's next token sees. The pages go before others come.
    sequence = KVSequence(in: pages)
    sequence = try past.copy()
  }

  private mutating func figure(
    _ kind: BenchmarkFigure.Kind,
    length: Int,
    depth: Int,
    batchSize: Int,
    rates: [Double],
    operations: Int,
    weightBytes: Int,
    cacheBytes: Int
  ) -> BenchmarkFigure {
    let now = MachineLimits(measuredOn: model.backend, reading: model.weights)
    let best = limits.orBetter(now)
    limits = now
    let seconds = Double(length * batchSize) / median(rates)
    return BenchmarkFigure(
      kind: kind,
      length: length,
      depth: depth,
      batchSize: batchSize,
      cacheType: pages.layout.type.rawValue,
      rates: rates,
      medianRate: median(rates),
      weightBytesPerSecond: Double(weightBytes) / seconds,
      cacheBytesPerSecond: Double(cacheBytes) / seconds,
      operationsPerSecond: Double(operations) / seconds,
      limits: best,
      bandwidthShare: Double(weightBytes + cacheBytes) / seconds / best.readBandwidth,
      peakShare: Double(operations) / weights.peakRate(best) / seconds
    )
  }

  /// Adds `count` tokens to `sequence`, chunk by chunk.
  private func extend(_ sequence: KVSequence, by count: Int) throws {
    let tokens = self.tokens(count)
    let length = sequence.length + count
    for first in stride(from: 0, to: count, by: plan.chunkLength) {
      let last = min(first + plan.chunkLength, count)
      try step([
        Step.Input(
          sequence: sequence,
          tokens: Array(tokens[first..<last]),
          promptLength: length
        )
      ])
    }
  }

  private func step(_ inputs: [Step.Input]) throws {
    try Task.checkCancellation()
    let step = try model.architecture.step(inputs, on: model.backend)
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
  private func tokens(_ count: Int) -> [Int32] {
    let vocabulary = UInt64(model.architecture.vocabularyCount)
    var state: UInt64 = 1
    return (0..<count).map { _ in
      // Knuth's MMIX multiplier; the high bits of a linear congruence are the good ones.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int32((state >> 33) % vocabulary)
    }
  }
}
