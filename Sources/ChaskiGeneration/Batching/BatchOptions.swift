// Owns: how a batching engine uses its machine, and what of that makes sense.

import ChaskiModels
package import ChaskiTensors

/// How many texts a batching engine works on, and in how much memory.
package struct BatchOptions: Sendable, Equatable {
  /// The most tokens of prompt and answer together; nil: the model's own limit, or less where `cacheBytes`
  /// hold less.
  package var contextLength: Int?
  /// How keys and values are stored.
  package var cacheType = CacheType.f16
  /// The most memory for keys and values; nil: 16 times the context (once for each sequence where there are fewer), or a
  /// quarter of the memory that is left if that is less.
  package var cacheBytes: Int?
  /// The memory that `cacheBytes` nil takes a quarter of at most; nil: what is left of the machine's.
  package var freeBytes: Int?
  /// The most sequences that get a token each in one step; more may be in the cache and take turns.
  ///
  /// Beyond `BatchSize.least` only as long as one team alone has asked, and steps take `stepTime`.
  package var maximumBatch = 64
  /// About how long a step may take that continues more than `BatchSize.least` sequences.
  package var stepTime = Duration.milliseconds(20)
  /// Tokens of prompts that one step takes while others get tokens.
  ///
  /// Twice as many while none do.
  package var prefillChunkLength = 72
  /// About how long reading prompts may make a step in which others get tokens: fewer tokens are read where that many
  /// would take longer, so that nobody's next token waits for a stranger's long prompt.
  package var readingTime = Duration.milliseconds(50)
  /// How long tokens may be held so that several are delivered together; a first token never is.
  ///
  /// A token that cannot be delivered with the next step's in time is delivered at once, so steps that take longer
  /// than this hold nothing.
  package var deliveryInterval = Duration.zero
  /// Requests that may wait until they come into the cache; more are refused.
  package var maximumQueue = 1024

  /// The model's context, a 16-bit cache, at most 64 sequences a step.
  package init() {}

  private static let contextLimit = 1 << 24

  /// The context that `model` was trained for, or has positions for.
  func longestContext(of model: LanguageModel) -> Int {
    let trained = max(1, model.architecture.contextLength)
    return min(trained, model.architecture.positionLimit ?? .max, Self.contextLimit)
  }

  /// - Throws: `GenerationError.invalidOption`.
  func check(for model: LanguageModel) throws(GenerationError) {
    let longest = min(model.architecture.positionLimit ?? .max, Self.contextLimit)
    try Self.check(contextLength ?? 1, 1...longest, "context", "tokens")
    try Self.check(maximumBatch, 1...1024, "batch", "sequences")
    try Self.check(prefillChunkLength, 1...65_536, "prefill chunk", "tokens")
    try Self.check(maximumQueue, 1...1_000_000, "queue", "requests")
    try Self.check(Int(stepTime / .milliseconds(1)), 1...60_000, "step time", "milliseconds")
    try Self.check(Int(readingTime / .milliseconds(1)), 1...60_000, "reading time", "milliseconds")
    try Self.check(
      Int(deliveryInterval / .milliseconds(1)),
      0...60_000,
      "delivery interval",
      "milliseconds"
    )
    try Self.check(cacheBytes ?? 1, 1...(1 << 46), "cache", "bytes")
  }

  private static func check(
    _ value: Int,
    _ allowed: ClosedRange<Int>,
    _ name: String,
    _ unit: String
  ) throws(GenerationError) {
    guard !allowed.contains(value) else { return }
    throw .invalidOption(
      name: name,
      value: "\(value)",
      allowed: "from \(allowed.lowerBound) to \(allowed.upperBound) \(unit)"
    )
  }
}
