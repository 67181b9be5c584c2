// Owns: the options of every command that loads a model.

import ArgumentParser
import ChaskiGeneration
import ChaskiTensors
import Foundation

/// Which model, and how it uses the machine.
struct ModelOptions: ParsableArguments {
  @Argument(help: "The model: a name, a GGUF file, or hf:OWNER/REPO[/FILE].")
  var model: String

  @Option(name: [.customShort("t"), .long], help: "Threads to compute with (default: all processors).")
  var threads: Int?

  @Option(
    name: [.customShort("c"), .customLong("context")],
    help: "The most tokens of prompt and answer together (default: the model's own limit)."
  )
  var contextLength: Int?

  @Option(help: "How the key/value cache is stored: f16 or q8_0 (half the memory).")
  var cacheType = "f16"

  @Option(help: "Tokens of a prompt that one step takes.")
  var chunk = 256

  /// The options as the engine takes them.
  func engineOptions() throws -> EngineOptions {
    guard let type = CacheType(rawValue: cacheType.lowercased()) else {
      throw ValidationError(
        "--cache-type \(cacheType): use "
          + CacheType.allCases.map(\.rawValue).joined(separator: " or ") + "."
      )
    }
    var options = EngineOptions()
    options.contextLength = contextLength
    options.cacheType = type
    options.prefillChunkLength = chunk
    return options
  }

  /// The processor, as `--threads` and `CHASKI_ISA` say.
  func backend() throws -> CPUBackend {
    try Self.backend(threads: threads)
  }

  /// The processor with this many threads, and the instruction set that `CHASKI_ISA` names.
  static func backend(threads: Int?) throws -> CPUBackend {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): use a number from 1 to 1024.")
    }
    return try CPUBackend(
      threadCount: threads,
      instructionSet: InstructionSet.named(ProcessInfo.processInfo.environment["CHASKI_ISA"])
    )
  }
}
