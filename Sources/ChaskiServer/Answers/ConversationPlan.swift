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
  /// How many of the first messages are not in the request's list, such as instructions.
  package var leadingCount = 0
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
    var messages = messages
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

  /// What the engine is asked.
  ///
  /// - Throws: `ServerError`.
  package func plan(_ model: ServedModel) throws(ServerError) -> AnswerPlan {
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
