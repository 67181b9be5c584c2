// Owns: the options of an answer, shared by `run` and `chat`.

import ArgumentParser
import Chaski
import ChaskiGeneration

/// How an answer is made.
struct AnswerArguments: ParsableArguments {
  @Option(help: "The system prompt (default: what the model's template has).")
  var system: String?

  @Option(
    name: [.customShort("n"), .customLong("max-tokens")],
    parsing: .unconditional,
    help: "The most tokens of an answer (default: until the context is full)."
  )
  var maximumTokens: Int?

  @Option(help: "A text at which the answer ends; may be given several times.")
  var stop: [String] = []

  @Flag(help: "Go on where the model would end its text (with --raw).")
  var ignoreEos = false

  @Flag(help: "Tell afterwards what the answer cost.")
  var stats = false

  @OptionGroup(title: "Sampling") var sampling: SamplingArguments

  func validate() throws {
    if let maximumTokens, maximumTokens < 1 {
      throw ValidationError("--max-tokens \(maximumTokens): use 1 or more.")
    }
  }

  /// The options as a conversation takes them.
  func options(for model: LanguageModel) throws -> AnswerOptions {
    AnswerOptions(
      sampling: try sampling.options(tokenizer: model.tokenizer, advice: model.samplingAdvice),
      maximumTokens: maximumTokens,
      stopTexts: stop
    )
  }
}
