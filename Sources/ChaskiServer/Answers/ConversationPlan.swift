// Owns: from a conversation, by whichever API, to what the engine is asked.

import Chaski
package import ChaskiChat
import ChaskiGeneration
package import ChaskiSampling

/// A conversation and how it should be answered.
package struct ConversationPlan: Sendable {
  /// The conversation.
  package var messages: [ChatMessage]
  /// The tools on offer.
  package var tools: [ToolDefinition] = []
  /// What else the template may name.
  package var variables: [String: JSONValue] = [:]
  /// Whether the last message, the assistant's, is the beginning of the answer.
  package var continuesFinalMessage = false
  /// Whether messages may be left out of a conversation that does not fit.
  package var truncates = false
  /// Where each message stands in the request's list; at its own index if empty.
  package var places: [Int] = []
  /// Whether what one side says in several messages is one turn to the template.
  package var mergesTurns = false
  /// How tokens are chosen.
  package var sampling: SamplingOptions
  /// The most tokens of an answer.
  package var maximumTokens: Int?
  /// Texts at which an answer ends.
  package var stopTexts: [String] = []
  /// Whether the answer goes on where the model would end it.
  package var ignoresEndOfText = false
  /// How many likeliest tokens are told for each.
  package var logprobCount: Int?
  /// How many answers.
  package var count = 1

  /// An answer to `messages` by `sampling`.
  package init(messages: [ChatMessage], sampling: SamplingOptions) {
    self.messages = messages
    self.sampling = sampling
  }

  /// The prompt, as text and as tokens.
  ///
  /// - Throws: `ServerError`.
  package func prompt(_ model: ServedModel) throws(ServerError) -> (text: String, tokens: [Int32]) {
    let template = tools.isEmpty ? model.renderer.template : model.renderer.toolTemplate
    guard tools.isEmpty || template.source.contains("tools") else {
      throw .unsupported(field: "tools", reason: "the model's chat template knows no tools.")
    }
    let calling = messages.firstIndex { !$0.toolCalls.isEmpty }
    if let calling, !template.source.contains("tool_calls") {
      throw .unsupported(
        field: "messages[\(place(of: calling))].tool_calls",
        reason: "the model's chat template knows no calls of tools."
      )
    }
    var messages = mergesTurns ? Self.merged(messages) : messages
    var beginning = ""
    if continuesFinalMessage, let last = messages.popLast() { beginning = last.text }
    // A name that newer APIs have for the system's messages; most templates know only the old one.
    if !template.source.contains("developer") {
      for index in messages.indices where messages[index].role == .developer {
        messages[index].role = .system
      }
    }
    do throws(ChatError) {
      return try model.renderer.prompt(
        for: messages,
        tools: tools,
        beginning: beginning,
        variables: variables
      )
    } catch {
      throw .conversation(error.description)
    }
  }

  /// Where a message stands in the request's list.
  func place(of index: Int) -> Int { places.isEmpty ? index : places[index] }

  private static func merged(_ messages: [ChatMessage]) -> [ChatMessage] {
    var merged: [ChatMessage] = []
    for message in messages {
      guard let last = merged.last, last.role == message.role,
        message.role == .user || message.role == .assistant
      else {
        merged.append(message)
        continue
      }
      let reasoning = [last.reasoning, message.reasoning].compactMap { $0 }
      merged[merged.count - 1] = ChatMessage(
        message.role,
        last.text + "\n" + message.text,
        reasoning: reasoning.isEmpty ? nil : reasoning.joined(separator: "\n")
      )
    }
    return merged
  }

  /// What the engine is asked.
  ///
  /// - Throws: `ServerError`.
  package func plan(_ model: ServedModel) throws(ServerError) -> AnswerPlan {
    guard tools.isEmpty else { throw .noTools }
    let prompt = try fittedPrompt(model)
    var request = GenerationRequest(prompt: prompt.tokens, sampling: sampling)
    request.maximumTokens = maximumTokens
    request.stopTexts = stopTexts
    request.ignoresEndOfText = ignoresEndOfText
    request.continuesText = continuesFinalMessage
    request.logprobs = logprobCount
    var plan = AnswerPlan(model: model, request: request, count: count)
    plan.dropped = prompt.dropped
    plan.splitsReasoning = !continuesFinalMessage
    plan.startsInReasoning = ReasoningSplitter.opensReasoning(prompt: prompt.text)
    try plan.validate(promptField: "messages")
    return plan
  }
}
