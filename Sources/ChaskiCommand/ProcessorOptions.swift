// Owns: the option of everything that computes: how many threads.

import ArgumentParser
import ChaskiTensors
import Foundation

/// How work uses the processor.
struct ProcessorOptions: ParsableArguments {
  @Option(
    name: [.customShort("t"), .long],
    parsing: .unconditional,
    help: "Threads to compute with (default: all processors)."
  )
  var threads: Int?

  func validate() throws {
    try Self.check(threads: threads)
  }

  /// The processor, as `--threads` and `CHASKI_ISA` say.
  func backend() throws -> CPUBackend {
    try Self.backend(threads: threads)
  }

  /// Throws unless `threads` is a number that a machine may have.
  static func check(threads: Int?) throws(ValidationError) {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): use a number from 1 to 1024.")
    }
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
