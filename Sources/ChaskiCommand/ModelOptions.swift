// Owns: the options of every command that loads a model.

import ArgumentParser
import ChaskiGeneration

/// Which model, and how it uses the machine.
struct ModelOptions: ParsableArguments {
  @Argument(
    help: "The model: a name, a GGUF file, a Hugging Face folder, or hf:OWNER/REPO[/FILE]."
  )
  var model: String

  @OptionGroup var processor: ProcessorOptions

  @OptionGroup var context: ContextOptions

  @Option(parsing: .unconditional, help: "Tokens of a prompt that one step takes.")
  var chunk = EngineOptions().prefillChunkLength

  @OptionGroup var weights: WeightCacheArguments

  func validate() throws {
    try ValidationError.check(chunk, from: 1, option: "chunk")
  }

  /// The options as the engine takes them.
  func engineOptions() throws -> EngineOptions {
    var options = EngineOptions()
    options.contextLength = context.contextLength
    options.cacheType = try context.storedAs()
    options.prefillChunkLength = chunk
    return options
  }
}
