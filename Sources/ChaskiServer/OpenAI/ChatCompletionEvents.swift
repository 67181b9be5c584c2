// Owns: the events of a streamed chat completion. Source: OpenAI's API reference, chat/streaming.

import ChaskiChat
import ChaskiGeneration
import ChaskiTokenizers

/// Writes a chat completion as server-sent events.
package struct ChatCompletionEvents: StreamFormat {
  package static let mediaType = "text/event-stream"
  private let head: CompletionHead
  private let hasLogprobs: Bool
  private let includesUsage: Bool
  private var begun: Set<Int> = []
  private var heldTokens: [Int: [TokenLogprobs]] = [:]

  /// The events of the reply that begins with `head`.
  package init(head: CompletionHead, hasLogprobs: Bool, includesUsage: Bool) {
    self.head = head
    self.hasLogprobs = hasLogprobs
    self.includesUsage = includesUsage
  }

  package mutating func begin() -> String { "" }

  package mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String {
    if let token = update.token { heldTokens[choice, default: []].append(token) }
    let hasText = !update.reasoning.isEmpty || !update.text.isEmpty
    // A token whose text is held back is told with the text, or at the end.
    guard hasText || update.result != nil else { return "" }
    var text = ""
    if begun.insert(choice).inserted {
      text += try event(choice, ["role": "assistant", "content": ""])
    }
    if hasText || !(heldTokens[choice] ?? []).isEmpty {
      var delta = JSONObject()
      if !update.reasoning.isEmpty { delta["reasoning_content"] = .string(update.reasoning) }
      if !update.text.isEmpty { delta["content"] = .string(update.text) }
      let tokens = heldTokens.removeValue(forKey: choice) ?? []
      text += try event(choice, .object(delta), tokens: tokens)
    }
    if let result = update.result {
      text += try event(choice, [:], finishReason: result.finishReason.openAI)
    }
    return text
  }

  package mutating func end(readers: [ChoiceReader], usage: AnswerUsage) throws -> String {
    var text = ""
    if includesUsage {
      var object = head.object("chat.completion.chunk")
      object["choices"] = []
      object["usage"] = usage.openAI
      text = try EventText.data(.object(object))
    }
    return text + EventText.done
  }

  package mutating func failure(_ error: ServerError, requestID: String) throws -> String {
    try EventText.data(APIDialect.openAI.body(of: error, requestID: requestID))
  }

  private func event(
    _ choice: Int,
    _ delta: JSONValue,
    tokens: [TokenLogprobs] = [],
    finishReason: JSONValue = .null
  ) throws -> String {
    var entry = JSONObject()
    entry["index"] = .int(choice)
    entry["delta"] = delta
    entry["logprobs"] =
      hasLogprobs && !tokens.isEmpty ? ChatLogprobs(head.model.tokenizer).json(tokens) : .null
    entry["finish_reason"] = finishReason
    var object = head.object("chat.completion.chunk")
    object["choices"] = [.object(entry)]
    if includesUsage { object["usage"] = .null }
    return try EventText.data(.object(object))
  }
}
