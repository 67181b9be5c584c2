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

  @Option(
    name: [.customShort("t"), .long],
    parsing: .unconditional,
    help: "Threads to compute with (default: all processors)."
  )
  var threads: Int?

  @Option(
    name: [.customShort("c"), .customLong("context")],
    parsing: .unconditional,
    help: "The most tokens of prompt and answer together (default: the model's own limit)."
  )
  var contextLength: Int?

  @Option(help: "How the key/value cache is stored: f16, q8_0 (half the memory) or f32 (twice).")
  var cacheType = "f16"

  @Option(
    parsing: .unconditional,
    help: "The most megabytes of a model's key/value cache (default: by the memory that is free)."
  )
  var cacheSize: Int?

  @Option(parsing: .unconditional, help: "The most answers that one step continues.")
  var batch = BatchOptions().maximumBatch

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
    try ModelOptions.check(threads: threads)
    _ = try ModelOptions.cacheType(cacheType)
    try ModelOptions.check(contextLength, from: 1, option: "context")
    try ModelOptions.check(cacheSize, from: 1, option: "cache-size")
    try ModelOptions.check(batch, from: 1, option: "batch")
    try ModelOptions.check(queue, from: 1, option: "queue")
    try ModelOptions.check(chunk, from: 1, option: "chunk")
    try ModelOptions.check(readingTime, from: 1, option: "reading-time")
    try ModelOptions.check(streamInterval, from: 0, option: "stream-interval")
    guard cacheSize ?? 1 <= 1 << 26 else {
      throw ValidationError("--cache-size \(cacheSize ?? 0): use \(1 << 26) or less.")
    }
  }

  /// The options as the engine takes them.
  func options() throws -> BatchOptions {
    var options = BatchOptions()
    options.contextLength = contextLength
    options.cacheType = try ModelOptions.cacheType(cacheType)
    options.cacheBytes = cacheSize.map { $0 << 20 }
    options.maximumBatch = batch
    options.maximumQueue = queue
    options.prefillChunkLength = chunk
    options.readingTime = .milliseconds(readingTime)
    options.deliveryInterval = .milliseconds(streamInterval)
    return options
  }
}
