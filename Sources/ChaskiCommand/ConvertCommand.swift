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
        chaski convert smollm2 ./smollm2-folder --type f16 --shard-size 2

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

  @Option(
    help:
      "The most gigabytes of weights in one file of a folder; more become several with an index."
  )
  var shardSize = 5.0

  @Flag(help: "Replace what stands at the destination.")
  var force = false

  @OptionGroup var processor: ProcessorOptions

  @Flag(help: "Print the result as JSON.")
  var json = false

  private struct Result: Encodable {
    let path: String
    let byteCount: Int64
    let seconds: Double
  }

  func validate() throws {
    guard type != .q8_0 || isFile else {
      throw ValidationError(
        "--type q8_0: folders have float types only; write to a path that ends in .gguf."
      )
    }
    guard shardSize > 0, shardSize <= 1e6 else {
      throw ValidationError("--shard-size must be above 0, in gigabytes.")
    }
  }

  private var isFile: Bool { destination.lowercased().hasSuffix(".gguf") }

  func run() async throws {
    let manager = FileManager.default
    let isReplaced = manager.fileExists(atPath: destination)
    guard force || !isReplaced else { throw CommandProblem.exists(path: destination) }
    if isFile { try UserFile.checkDestination(destination) }
    let backend = try processor.backend()
    let checkpoint = try openCheckpoint(await ModelOpener(isQuiet: json).path(model))
    let reporter = LoadReporter(isQuiet: json, label: "converting", writesLines: true)
    let start = ContinuousClock.now
    let (destination, type, isFile, shardByteCount) = (
      destination, type, isFile, Int(shardSize * 1e9)
    )
    let monitor = InterruptMonitor(expectsWork: true)
    let work = Task {
      if isFile {
        try GGUFExport(checkpoint, type: type).write(to: destination, on: backend) {
          reporter.show($0, of: $1)
        }
      } else {
        var export = try FolderExport(checkpoint, type: type)
        export.shardByteCount = max(shardByteCount, 1)
        try export.write(to: destination, on: backend) { reporter.show($0, of: $1) }
      }
    }
    do {
      try await monitor.result(of: work, ifStopped: "Stopped: \(destination) was not written.")
    } catch {
      // A folder without its weights is of no use, and would be in the way of the next attempt.
      if !isFile, !isReplaced { try? manager.removeItem(atPath: destination) }
      throw error
    }
    reporter.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let size = UserFile.byteCount(at: destination)
    if json {
      try Console.json(Result(path: destination, byteCount: size, seconds: seconds))
    } else {
      Console.line(
        "\(destination): \(ListCommand.size(size)) in \(String(format: "%.1f", seconds)) s"
      )
    }
  }
}

extension WeightType: ExpressibleByArgument {}
