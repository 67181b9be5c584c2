// Owns: `chaski perplexity`.

import ArgumentParser
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiTerminal
import Foundation

/// Measures how surprised a model is by a text.
struct PerplexityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity",
    abstract: "Measure the perplexity of a text.",
    discussion: """
      The text is cut into windows of --context tokens; in each the second half is scored, as \
      llama.cpp's llama-perplexity does, so that the figures compare.

      Example:
        chaski perplexity smollm2 --file wiki.test.raw --context 512 --chunks 20
      """
  )

  @Argument(
    help: "The model: a name, a GGUF file, a Hugging Face folder, or hf:OWNER/REPO[/FILE]."
  )
  var model: String

  @Option(name: [.short, .long], help: "The text.")
  var file: String

  @Option(
    name: [.customShort("c"), .customLong("context")],
    parsing: .unconditional,
    help: "Tokens of a window."
  )
  var contextLength = 512

  @Option(parsing: .unconditional, help: "How many windows to score (default: all).")
  var chunks: Int?

  @OptionGroup var processor: ProcessorOptions

  @OptionGroup var weights: WeightCacheArguments

  @Flag(help: "Print JSON: one line a window, then the result.")
  var json = false

  func validate() throws {
    try ValidationError.check(chunks, from: 1, option: "chunks")
    try ValidationError.check(contextLength, from: 4, option: "context")
  }

  func run() async throws {
    let text = try PromptInput(file: file).bytes()
    let backend = try processor.backend()
    let loaded = try await ModelOpener(isQuiet: json).load(
      model,
      on: backend,
      weightCache: weights.cache()
    )
    var options = EngineOptions()
    options.contextLength = contextLength
    let engine = try InferenceEngine(model: loaded, options: options)
    let reporter = ChunkReporter(json: json)
    let start = ContinuousClock.now
    let result = try await Perplexity.measure(
      text,
      with: engine,
      contextLength: contextLength,
      maximumChunks: chunks
    ) { chunk, count, soFar in reporter.show(chunk, of: count, soFar) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if json {
      try Console.json(
        Result(
          perplexity: result.value,
          standardError: result.standardError,
          scoredTokens: result.scoredTokenCount,
          seconds: seconds
        )
      )
    } else {
      Console.line(
        String(
          format: "perplexity %.4f +/- %.4f (%d tokens scored, %.1f s)",
          result.value,
          result.standardError,
          result.scoredTokenCount,
          seconds
        )
      )
    }
    await loaded.finishSaving(monitor: InterruptMonitor(), isQuiet: json)
  }

  private struct Result: Encodable {
    let perplexity: Double
    let standardError: Double
    let scoredTokens: Int
    let seconds: Double
  }
}
