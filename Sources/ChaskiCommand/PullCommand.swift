// Owns: `chaski pull`.

import ArgumentParser
import ChaskiHub
import Foundation

/// Brings a model to this machine.
struct PullCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Bring a model to this machine.",
    discussion: """
      Examples:
        chaski pull smollm2
        chaski pull hf:OWNER/REPO            its best common quantisation, or its folder
        chaski pull hf:OWNER/REPO/file.gguf
        CHASKI_HUB=http://localhost:8000 chaski pull hf:OWNER/REPO

      A repository without GGUF files is brought as a folder: configuration, tokenizer, and weights as \
      safetensors or PyTorch's.

      An interrupted pull goes on where it stopped. Every file is checked against its SHA-256 where the \
      source names one. A token for the hub is read from CHASKI_HUB_TOKEN or HF_TOKEN.
      """
  )

  @Argument(help: "A catalogue name, or hf:OWNER/REPO[/FILE][@REVISION].")
  var name: String

  @Option(help: "The hub's address (default: $CHASKI_HUB, $HF_ENDPOINT, or the public hub).")
  var hub: String?

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() async throws {
    var library = try ModelOpener.library()
    if let hub {
      var settings = library.settings
      settings.hub = try HubAddress(hub)
      library = ModelLibrary(settings: settings, catalogue: library.catalogue)
    }
    let reporter = PullReporter(isQuiet: false)
    let model = try await library.pull(ModelOpener.reference(name)) { reporter.show($0) }
    if json {
      try Console.json(ListedModel(model))
    } else {
      Console.line(model.url.path)
    }
  }
}
