// Owns: `chaski show`.

import ArgumentParser
import ChaskiCheckpoints
import ChaskiFiles
import ChaskiTensors
import ChaskiTerminal
import Foundation

/// Shows what a model file holds, without loading it.
struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract:
      "Show what a model file holds: architecture, shapes, types, template, tokenizer, licence.",
    discussion: """
      Examples:
        chaski show smollm2
        chaski show model.gguf --tensors
        chaski show model.gguf --template
        chaski show model.gguf --metadata --json
      """
  )

  @Argument(
    help: "The model: a name, a GGUF file, a Hugging Face folder, or hf:OWNER/REPO[/FILE]."
  )
  var model: String

  @Flag(help: "List every tensor with its type and shape.")
  var tensors = false

  @Flag(help: "List every metadata key.")
  var metadata = false

  @Flag(help: "Print only the chat template.")
  var template = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let opener = try ModelOpener(isQuiet: json)
    let path = try await opener.path(model, isPulling: false)
    let file = try openCheckpoint(path)
    let summary = try FileSummary(file, path: path, advice: opener.samplingAdvice(model))
    if template {
      guard let text = summary.chatTemplate else {
        throw CommandProblem.noTemplate(path: path)
      }
      return Console.line(TerminalSanitizer.visible(text))
    }
    if json {
      return try Console.json(
        FileListing(
          summary: summary,
          tensors: tensors ? file.tensors.map(FileListing.Tensor.init) : nil,
          metadata: metadata ? try FileListing.metadata(of: file) : nil
        )
      )
    }
    Console.write(summary.text)
    if metadata { try showMetadata(file) }
    if tensors { showTensors(file) }
  }

  private func showMetadata(_ file: any Checkpoint) throws {
    Console.line()
    for (key, value) in try FileListing.metadata(of: file) {
      Console.line("\(TerminalSanitizer.visibleOnOneLine(key)) = \(value)")
    }
  }

  private func showTensors(_ file: any Checkpoint) {
    Console.line()
    var table = TableFormatter(
      columns: [("TENSOR", .left), ("TYPE", .left), ("SHAPE", .left), ("BYTES", .right)])
    for tensor in file.tensors {
      table.add([
        tensor.name, tensor.type.name, FileSummary.shape(tensor), "\(tensor.byteCount)",
      ])
    }
    for line in table.lines { Console.line(line) }
  }
}
