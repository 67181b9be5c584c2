// Owns: what a benchmark measures. Does not own: measuring it (Benchmark).

import ChaskiGeneration
package import ChaskiTensors

/// What to measure: each list is a dimension of the table.
package struct BenchmarkPlan: Sendable, Equatable {
  /// Tokens of a prefill measurement; none if empty.
  package var promptLengths: [Int]
  /// Tokens of a decode measurement; none if empty.
  package var decodeLengths: [Int]
  /// Tokens in the cache before a measurement begins.
  package var depths: [Int]
  /// Sequences that a decode measurement steps together.
  package var batchSizes: [Int]
  /// Counted repetitions, after one that warms up.
  package var repetitions: Int
  /// Tokens of one prefill step.
  package var chunkLength: Int
  /// How keys and values are stored.
  package var cacheTypes: [CacheType]

  /// A plan for one sequence on an empty 16-bit cache, in the steps of an engine, unless said otherwise.
  package init(
    promptLengths: [Int] = [],
    decodeLengths: [Int] = [],
    depths: [Int] = [0],
    batchSizes: [Int] = [1],
    repetitions: Int = 5,
    chunkLength: Int? = nil,
    cacheTypes: [CacheType] = [.f16]
  ) {
    self.promptLengths = promptLengths
    self.decodeLengths = decodeLengths
    self.depths = depths
    self.batchSizes = batchSizes
    self.repetitions = repetitions
    self.chunkLength = chunkLength ?? EngineOptions().prefillChunkLength
    self.cacheTypes = cacheTypes
  }

  /// Throws unless every number makes sense.
  ///
  /// - Throws: `EvaluationError.invalidOption`.
  func check() throws(EvaluationError) {
    for (name, values) in [
      ("prompt length", promptLengths), ("decode length", decodeLengths), ("sequences", batchSizes),
      ("repetitions", [repetitions]), ("chunk", [chunkLength]),
    ] {
      try Self.check(values, of: name, from: 1)
    }
    try Self.check(depths, of: "depth", from: 0)
  }

  private static func check(
    _ values: [Int],
    of name: String,
    from least: Int
  ) throws(EvaluationError) {
    for value in values where !(least...1_000_000).contains(value) {
      throw EvaluationError.invalidOption(
        name: name,
        value: "\(value)",
        allowed: "from \(least) to 1000000"
      )
    }
  }

  /// The most cache pages that one kind of cache needs at once.
  var pageLimit: Int {
    let longest = max(promptLengths.max() ?? 0, decodeLengths.max() ?? 0)
    // One page more a sequence for a tail that is copied, and one sequence more that keeps the past.
    let pages = ((depths.max() ?? 0) + longest) / CacheLayout.pageLength + 3
    return pages * ((batchSizes.max() ?? 1) + 1)
  }
}
