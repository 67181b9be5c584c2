// Owns: the options of every command that loads a model.

import ArgumentParser
import ChaskiGeneration
import ChaskiTensors
import Foundation

/// Which model, and how it uses the machine.
struct ModelOptions: ParsableArguments {
  @Argument(
    help: "The model: a name, a GGUF file, a Hugging Face folder, or hf:OWNER/REPO[/FILE]."
  )
  var model: String

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

  @Option(parsing: .unconditional, help: "Tokens of a prompt that one step takes.")
  var chunk = EngineOptions().prefillChunkLength

  @OptionGroup var weights: WeightCacheArguments

  func validate() throws {
    try Self.check(threads: threads)
    _ = try Self.cacheType(cacheType)
    try Self.check(contextLength, from: 1, option: "context")
    try Self.check(chunk, from: 1, option: "chunk")
  }

  /// Throws unless `threads` is a number that a machine may have.
  static func check(threads: Int?) throws(ValidationError) {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): use a number from 1 to 1024.")
    }
  }

  /// Throws if `value` is less than `least`.
  static func check(_ value: Int?, from least: Int, option: String) throws(ValidationError) {
    if let value, value < least {
      throw ValidationError("--\(option) \(value): use \(least) or more.")
    }
  }

  /// The way of storing keys and values that `text` names.
  static func cacheType(_ text: String) throws(ValidationError) -> CacheType {
    if let type = CacheType(rawValue: text.lowercased()) { return type }
    let known = CacheType.allCases.map(\.rawValue).joined(separator: " or ")
    throw ValidationError("--cache-type \(text): use \(known).")
  }

  /// The options as the engine takes them.
  func engineOptions() throws -> EngineOptions {
    var options = EngineOptions()
    options.contextLength = contextLength
    options.cacheType = try Self.cacheType(cacheType)
    options.prefillChunkLength = chunk
    return options
  }

  /// The processor, as `--threads` and `CHASKI_ISA` say.
  func backend() throws -> CPUBackend {
    try Self.backend(threads: threads)
  }

  /// The processor with this many threads, and the instruction set that `CHASKI_ISA` names.
  static func backend(threads: Int?) throws -> CPUBackend {
    try check(threads: threads)
    return try CPUBackend(
      threadCount: threads,
      instructionSet: InstructionSet.named(ProcessInfo.processInfo.environment["CHASKI_ISA"])
    )
  }
}
