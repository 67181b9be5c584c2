// Owns: the options that say how a server's engine uses its machine.

import ArgumentParser
import ChaskiGeneration

/// How an engine uses its machine.
struct EngineArguments: ParsableArguments {
  @Option(
    help: """
      The name that clients call a model by (default: its own): NAME, or NAME=MODEL for one of several.
      """
  )
  var alias: [String] = []

  @OptionGroup var processor: ProcessorOptions

  @OptionGroup var context: ContextOptions

  @Option(
    parsing: .unconditional,
    help: "The most megabytes of a model's key/value cache (default: by the memory that is free)."
  )
  var cacheSize: Int?

  @Option(
    parsing: .unconditional,
    help:
      "The most answers that one step continues; beyond 16 only of a single team, in --step-time."
  )
  var batch = BatchOptions().maximumBatch

  @Option(
    parsing: .unconditional,
    help: "Milliseconds that a step may take that continues more than 16 answers."
  )
  var stepTime = 20

  @Option(parsing: .unconditional, help: "The most requests that wait; more are refused.")
  var queue = BatchOptions().maximumQueue

  @Option(
    parsing: .unconditional,
    help:
      "The most milliseconds that a token of a stream waits to be sent with the next; 0 sends each at once."
  )
  var streamInterval = 20

  @Option(parsing: .unconditional, help: "The most tokens of prompts that one step takes.")
  var chunk = BatchOptions().prefillChunkLength

  @Option(
    parsing: .unconditional,
    help: "Milliseconds that reading prompts may take of a step in which others get tokens."
  )
  var readingTime = 50

  func validate() throws {
    try ValidationError.check(cacheSize, from: 1, option: "cache-size")
    try ValidationError.check(batch, from: 1, option: "batch")
    try ValidationError.check(queue, from: 1, option: "queue")
    try ValidationError.check(chunk, from: 1, option: "chunk")
    try ValidationError.check(stepTime, from: 1, option: "step-time")
    try ValidationError.check(readingTime, from: 1, option: "reading-time")
    try ValidationError.check(streamInterval, from: 0, option: "stream-interval")
    guard cacheSize ?? 1 <= 1 << 26 else {
      throw ValidationError("--cache-size \(cacheSize ?? 0): use \(1 << 26) or less.")
    }
  }

  /// The options as the engine takes them.
  func options() throws -> BatchOptions {
    var options = BatchOptions()
    options.contextLength = context.contextLength
    options.cacheType = try context.storedAs()
    options.cacheBytes = cacheSize.map { $0 << 20 }
    options.maximumBatch = batch
    options.maximumQueue = queue
    options.prefillChunkLength = chunk
    options.stepTime = .milliseconds(stepTime)
    options.readingTime = .milliseconds(readingTime)
    options.deliveryInterval = .milliseconds(streamInterval)
    return options
  }
}
