// Owns: `chaski chat`. Does not own: what a line of input means (ChatInput).

import ArgumentParser
import Chaski
import ChaskiChat
import ChaskiGeneration
import ChaskiHub
import ChaskiTerminal
import Foundation

/// Talks with a model.
struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talk with a model.",
    discussion: """
      Example:
        chaski chat smollm2 --system "You answer in one sentence."

      Arrow keys edit and recall; a line that ends in a backslash goes on, and \"\"\" begins and ends a \
      longer text; Ctrl-C stops the answer and not the program. /help lists the commands.
      """
  )

  @OptionGroup var model: ModelOptions
  @OptionGroup var answer: AnswerArguments
  @OptionGroup(title: "Guessing ahead") var speculation: SpeculationArguments

  func run() async throws {
    let (loaded, engine) = try await ModelOpener().engine(model, speculation)
    _ = try loaded.requireTokenizer()
    var session = ChatSession(
      conversation: try Conversation(engine: engine, system: answer.system),
      settings: answer.sampling,
      options: try answer.options(for: loaded)
    )
    let capabilities = TerminalDevice.capabilities()
    if capabilities.inputIsTerminal {
      Console.line("\(model.model). /help lists the commands, /bye ends.")
      if session.conversation.renderer.template.isFallback {
        Console.line("This model has no chat template; using ChatML.")
      }
    }
    let editor = LineEditor(capabilities: capabilities, history: try Self.history())
    let prompt = Prompt(first: ">>> ", next: "... ", style: .cyan)
    let restore = editor.restoreTerminal
    let monitor = InterruptMonitor { status in
      restore()
      Console.end(status)
    }
    while true {
      switch try editor.read(prompt) {
      case .ended: return await loaded.finishSaving(monitor: monitor)
      case .interrupted: Console.line("(/bye or Ctrl-D ends)")
      case .input(let text):
        do {
          guard try await session.take(text, monitor: monitor, stats: answer.stats) else {
            return await loaded.finishSaving(monitor: monitor)
          }
        } catch {
          // A refused message or a wrong command ends nothing.
          Console.note("\(error)")
        }
      }
    }
  }

  /// Inputs are kept beside the models, readable by their owner only.
  private static func history() throws -> HistoryFile {
    let folder = try ModelOpener.library().settings.modelsDirectory.deletingLastPathComponent()
    return HistoryFile(url: folder.appending(path: "chat_history"))
  }
}
