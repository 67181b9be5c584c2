// Owns: `chaski logits`.

import ArgumentParser
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiTerminal
import ChaskiTokenizers

/// Writes a model's logits for anyone who checks us against a reference.
struct LogitsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits",
    abstract: "Write the logits of every position of a text to a safetensors file.",
    discussion: """
      The file holds one tensor, `logits`, float32 [tokens, vocabulary].

      Examples:
        chaski logits smollm2 --tokens 504,3575,282 --output logits.safetensors
        chaski logits model.gguf --text "Once upon a time" --output logits.safetensors
      """
  )

  @OptionGroup var options: ModelOptions

  @Option(parsing: .unconditional, help: "The token ids, separated by commas.")
  var tokens: String?

  @Option(help: "A text instead, tokenized as the model's format says.")
  var text: String?

  @Option(name: [.short, .long], help: "The file to write.")
  var output: String

  func validate() throws {
    guard (tokens == nil) != (text == nil) else {
      throw ValidationError("Give either --tokens or --text.")
    }
    if let tokens { _ = try TokenList.parse(tokens) }
  }

  func run() async throws {
    try UserFile.checkReplaceable(output)
    let backend = try options.processor.backend()
    let model = try await ModelOpener().load(
      options.model,
      on: backend,
      weightCache: options.weights.cache()
    )
    let engine = try InferenceEngine(model: model, options: options.engineOptions())
    let ids = try tokenIDs(model)
    try await engine.exportLogits(of: ids, to: output)
    Console.note("\(output): [\(ids.count), \(model.vocabularyCount)] float32")
    await model.finishSaving(monitor: InterruptMonitor())
  }

  private func tokenIDs(_ model: LanguageModel) throws -> [Int32] {
    if let tokens { return try TokenList.parse(tokens) }
    return try model.requireTokenizer().encode(
      text ?? "",
      addSpecialTokens: true,
      parseSpecialTokens: true
    )
  }
}
