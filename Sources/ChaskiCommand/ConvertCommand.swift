// Owns: `chaski convert`.

import ArgumentParser
import ChaskiCheckpoints
import ChaskiConversion
import ChaskiTensors
import ChaskiTerminal
import Foundation

/// Writes a model in another form.
struct ConvertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a model in another form: as a GGUF file, or as a Hugging Face folder.",
    discussion: """
      Examples:
        chaski convert ./Llama-3.2-1B llama.gguf
        chaski convert ./Llama-3.2-1B llama-q8.gguf --type q8_0
        chaski convert smollm2 ./smollm2-folder --type f16

      A destination that ends in .gguf becomes a GGUF file with tokenizer and chat template, which llama.cpp \
      reads too; any other becomes a folder, which transformers reads. Types with blocks other than Q8_0 are \
      written by `chaski quantize`.
      """
  )

  @Argument(
    help: "The model: a name, a GGUF file, a Hugging Face folder, or hf:OWNER/REPO[/FILE]."
  )
  var model: String

  @Argument(help: "Where to write: a path that ends in .gguf, or a folder's.")
  var destination: String

  @Option(
    help: """
      The type of the matrices: stored (as they are; in a folder quantised ones become f32), f32, f16, bf16, \
      or for GGUF q8_0.
      """
  )
  var type = WeightType.stored

  @Flag(help: "Replace what stands at the destination.")
  var force = false

  @Option(
    name: [.customShort("t"), .long],
    parsing: .unconditional,
    help: "Threads to compute with (default: all processors)."
  )
  var threads: Int?

  @Flag(help: "Print the result as JSON.")
  var json = false

  private struct Result: Encodable {
    let path: String
    let byteCount: Int64
    let seconds: Double
  }

  func validate() throws {
    try ModelOptions.check(threads: threads)
  }

  func run() async throws {
    let manager = FileManager.default
    guard force || !manager.fileExists(atPath: destination) else {
      throw CommandProblem.exists(path: destination)
    }
    let backend = try ModelOptions.backend(threads: threads)
    let checkpoint = try openCheckpoint(await ModelOpener(isQuiet: json).path(model))
    let reporter = LoadReporter(isQuiet: json, label: "converting")
    let start = ContinuousClock.now
    let (destination, type) = (destination, type)
    let work = Task {
      if destination.lowercased().hasSuffix(".gguf") {
        try GGUFExport(checkpoint, type: type).write(to: destination, on: backend) {
          reporter.show($0, of: $1)
        }
      } else {
        try FolderExport(checkpoint, type: type).write(to: destination, on: backend) {
          reporter.show($0, of: $1)
        }
      }
    }
    let monitor = InterruptMonitor()
    do {
      try await monitor.run(cancel: { work.cancel() }) { try await work.value }
    } catch is CancellationError {
      throw ExitCode(InterruptMonitor.exitStatus)
    }
    reporter.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let size = Self.byteCount(at: destination)
    if json {
      try Console.json(Result(path: destination, byteCount: size, seconds: seconds))
    } else {
      Console.line(
        "\(destination): \(ListCommand.size(size)) in \(String(format: "%.1f", seconds)) s"
      )
    }
  }

  /// Bytes of the file at `path`, or of the files of a folder.
  private static func byteCount(at path: String) -> Int64 {
    func size(_ path: String) -> Int64 {
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      return size(path)
    }
    return names.reduce(0) { $0 + size(path + "/" + $1) }
  }
}

extension WeightType: ExpressibleByArgument {}
