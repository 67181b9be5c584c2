// Owns: `chaski run`.

import ArgumentParser
import Chaski
import ChaskiChat
import ChaskiGeneration
import ChaskiTerminal
import ChaskiTokenizers
import Foundation

/// Gives one answer.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Give one answer, as it is made.",
    discussion: """
      Examples:
        chaski run smollm2 "What is the capital of France?"
        cat letter.txt | chaski run smollm2 "Summarise this letter:" --file -
        chaski run smollm2 --raw "Once upon a time" -n 100 --seed 1
        chaski run smollm2 --json "Hello"        one event a line, for scripts

      Without a prompt on a terminal, `run` does what `chat` does.
      """
  )

  @OptionGroup var model: ModelOptions

  @Argument(help: "The prompt; standard input if neither prompt nor --file is given.")
  var prompt: String?

  @Option(
    name: [.short, .long],
    help: "Read a text from a file (- is standard input) and put it before the prompt."
  )
  var file: String?

  @OptionGroup var answer: AnswerArguments

  @OptionGroup(title: "Guessing ahead") var speculation: SpeculationArguments

  @Flag(help: "Continue the text as it is, without a chat template.")
  var raw = false

  @Flag(help: "Print one JSON event a line.")
  var json = false

  func run() async throws {
    guard let text = try PromptInput(text: prompt, file: file).textIfAny() else {
      guard !json, !raw else { throw CommandProblem.noText }
      var chat = ChatCommand()
      chat.model = model
      chat.answer = answer
      chat.speculation = speculation
      return try await chat.run()
    }
    guard raw || text.contains(where: { !$0.isWhitespace }) else {
      throw CommandProblem.emptyPrompt
    }
    let (loaded, engine) = try await ModelOpener(isQuiet: json).engine(model, speculation)
    let printer = AnswerPrinter(json: json)
    let monitor = InterruptMonitor()
    let task = Task { try await generate(text, engine, printer) }
    let result = try await monitor.run(cancel: { task.cancel() }) { try await task.value }
    try printer.finish(result)
    if answer.stats { Console.note(StatisticsText.summary(result.statistics)) }
    if result.finishReason != .cancelled {
      await loaded.finishSaving(monitor: monitor, isQuiet: json)
    }
    if result.finishReason == .cancelled { throw ExitCode(InterruptMonitor.exitStatus) }
  }

  private func generate(
    _ text: String,
    _ engine: InferenceEngine,
    _ printer: AnswerPrinter
  ) async throws -> GenerationResult {
    let tokenizer = try engine.model.requireTokenizer()
    let options = try answer.options(for: engine.model)
    guard raw else {
      var conversation = try Conversation(engine: engine, system: answer.system)
      if conversation.renderer.template.isFallback, !json {
        Console.note("This model has no chat template; using ChatML (--raw goes without one).")
      }
      return try await conversation.respond(to: text, with: options) { printer.show($0) }
    }
    var request = GenerationRequest(
      prompt: tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: true),
      sampling: options.sampling
    )
    request.maximumTokens = options.maximumTokens
    request.stopTexts = options.stopTexts
    request.ignoresEndOfText = answer.ignoreEos
    request.continuesText = true
    return try await engine.generate(request) { printer.show($0) }
  }
}
