// Owns: carrying out what is typed in a chat.

import ArgumentParser
import Chaski
import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiTerminal
import Foundation

/// A chat on a terminal: the conversation, its options, and what its last answer cost.
struct ChatSession {
  var conversation: Conversation
  var settings: SamplingArguments
  var options: AnswerOptions
  private var lastStatistics: GenerationStatistics?

  init(conversation: Conversation, settings: SamplingArguments, options: AnswerOptions) {
    self.conversation = conversation
    self.settings = settings
    self.options = options
  }

  /// Takes one input; false when the chat is over.
  mutating func take(_ text: String, monitor: InterruptMonitor, stats: Bool) async throws -> Bool {
    switch ChatInput(text) {
    case .message(let text): try await respond(to: text, monitor: monitor, stats: stats)
    case .nothing: break
    case .help: Console.line(ChatInput.helpText)
    case .clear:
      let system = conversation.system
      conversation.messages = []
      conversation.system = system
      Console.line("The conversation is forgotten.")
    case .save(let path): try save(to: path)
    case .load(let path): try load(from: path)
    case .system(let text):
      conversation.messages = []
      conversation.system = text
      Console.line(text == nil ? "No system prompt." : "The system prompt is set.")
    case .set(let option, let value): try set(option, to: value)
    case .showSettings: Console.line(settingsText)
    case .stats:
      Console.line(lastStatistics.map(StatisticsText.summary) ?? "No answer yet.")
    case .retry: try await retry(monitor: monitor, stats: stats)
    case .bye: return false
    case .mistake(let message): Console.line(message)
    }
    return true
  }

  private mutating func respond(
    to text: String,
    monitor: InterruptMonitor,
    stats: Bool
  ) async throws {
    let printer = AnswerPrinter(json: false)
    let (conversation, options) = (conversation, options)
    let task = Task {
      var next = conversation
      let result = try await next.respond(to: text, with: options) { printer.show($0) }
      return (next, result)
    }
    let (next, result) = try await monitor.run(cancel: { task.cancel() }) {
      try await task.value
    }
    try printer.finish(result)
    self.conversation = next
    lastStatistics = result.statistics
    if result.finishReason == .context {
      Console.note("(The context is full: /clear forgets the conversation.)")
    }
    if stats { Console.note(StatisticsText.summary(result.statistics)) }
  }

  private mutating func retry(monitor: InterruptMonitor, stats: Bool) async throws {
    guard let index = conversation.messages.lastIndex(where: { $0.role == .user }) else {
      return Console.line("Nothing to answer yet.")
    }
    let text = conversation.messages[index].text
    let before = conversation.messages
    conversation.messages.removeSubrange(index...)
    do {
      try await respond(to: text, monitor: monitor, stats: stats)
    } catch {
      conversation.messages = before
      throw error
    }
  }
}

// MARK: - Options

extension ChatSession {
  private mutating func set(_ option: String, to value: String) throws {
    let name = String(option.trimmingPrefix("--")).replacing("_", with: "-")
    if name == "max-tokens" {
      guard let count = Int(value), count > 0 else {
        return Console.line("max-tokens \(value): use 1 or more.")
      }
      options.maximumTokens = count
    } else {
      // The same words and checks as on the command line; options set before stay.
      let changed: SamplingArguments
      do {
        changed = try SamplingArguments.parse(settings.arguments + ["--\(name)=\(value)"])
      } catch {
        throw CommandProblem.setting(SamplingArguments.message(for: error))
      }
      let model = conversation.engine.model
      options.sampling = try changed.options(
        tokenizer: model.tokenizer,
        advice: model.samplingAdvice
      )
      settings = changed
    }
    Console.line("\(name) is \(value).")
  }

  private var settingsText: String {
    let changed = settings.arguments.map {
      String($0.dropFirst(2)).replacing("=", with: " ", maxReplacements: 1)
    }
    let advice = conversation.engine.model.samplingAdvice.text
    let defaults = advice.isEmpty ? [] : ["The model's makers advise: \(advice)."]
    guard changed.isEmpty else { return (changed + defaults).joined(separator: "\n") }
    return (["All options have their defaults."] + defaults).joined(separator: "\n")
  }
}

// MARK: - Files

extension ChatSession {
  private func save(to path: String) throws {
    let messages = JSONValue.array(conversation.messages.map(\.json))
    let text = try messages.jsonText()
    try UserFile.write(text + "\n", to: UserFile.expanded(path))
    Console.line("\(conversation.messages.count) messages saved to \(path).")
  }

  private mutating func load(from path: String) throws {
    let bytes = try UserFile.contents(of: UserFile.expanded(path))
    let messages: [ChatMessage]
    do {
      let value = try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
      guard case .array(let values) = value else {
        throw CommandProblem.notConversation(path: path, reason: "it is not a list of messages.")
      }
      messages = try values.map { try ChatMessage(json: $0) }
    } catch let error as ChatError {
      throw CommandProblem.notConversation(path: path, reason: error.description)
    }
    conversation.messages = messages
    Console.line("\(messages.count) messages loaded from \(path).")
  }
}
