// Owns: the options that say how many models a server keeps in memory, and for how long.

import ArgumentParser
import ChaskiGeneration
import ChaskiServer

/// How many models are in memory, and for how long.
struct MemoryArguments: ParsableArguments {
  @Option(
    help: """
      The memory of all loaded models with their caches, such as 24G (default: by what is free). What is used least \
      is unloaded for what is asked for.
      """
  )
  var memory: String?

  @Option(
    parsing: .unconditional,
    help: """
      Seconds after which a model that nobody uses is unloaded (default: when its memory is needed).
      """
  )
  var keepAlive: Int?

  @Flag(help: "Load no model at the start, not even the first one.")
  var lazy = false

  func validate() throws {
    if let memory, Self.bytes(memory) == nil {
      throw ValidationError("--memory \(memory): use a size such as 800M or 24G.")
    }
    guard (1...1_000_000_000).contains(keepAlive ?? 1) else {
      throw ValidationError("--keep-alive \(keepAlive ?? 0): use 1 or more seconds.")
    }
  }

  /// The rules by which models come and go.
  func policy() -> ModelPolicy {
    var policy = ModelPolicy()
    policy.keepAlive = keepAlive.map { .seconds($0) }
    // A tenth is left for activations and vocabularies.
    let free = AvailableMemory.byteCount().map { $0 / 10 * 9 }
    policy.memoryByteCount = memory.flatMap(Self.bytes) ?? free ?? .max
    return policy
  }

  /// The bytes of a size such as `800M`; nil for anything else.
  private static func bytes(_ text: String) -> Int? {
    guard case .bytes(let count)? = try? WeightCacheLimit.parse(text) else { return nil }
    return Int(exactly: count)
  }
}
