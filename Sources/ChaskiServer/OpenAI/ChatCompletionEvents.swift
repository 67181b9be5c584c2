// Owns: the events of a streamed chat completion. Source: OpenAI's API reference, chat/streaming.

import ChaskiChat
import ChaskiGeneration
import ChaskiTokenizers

/// Writes a chat completion as server-sent events.
package struct ChatCompletionEvents: StreamFormat {
  package static let mediaType = "text/event-stream"
  private let head: CompletionHead
  private let logprobs: ChatLogprobs?
  private let includesUsage: Bool
  private var dropped: DroppedMessages?
  private var begun: Set<Int> = []
  private var heldTokens: [Int: [TokenLogprobs]] = [:]
  private var templates: [Int: TextTemplate] = [:]

  /// The events of the reply that begins with `head`; the first one tells what was `dropped`.
  package init(
    head: CompletionHead,
    hasLogprobs: Bool,
    includesUsage: Bool,
    dropped: DroppedMessages? = nil
  ) {
    self.dropped = dropped
    self.head = head
    logprobs = hasLogprobs ? ChatLogprobs(head.model.tokenizer) : nil
    self.includesUsage = includesUsage
  }

  package mutating func begin() -> String { "" }

  package mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String {
    if let token = update.token, logprobs?.spellsText(token) == true {
      heldTokens[choice, default: []].append(token)
    }
    let hasText = !update.reasoning.isEmpty || !update.text.isEmpty
    // A token whose text is held back is told with the text, or at the end.
    guard hasText || update.result != nil else { return "" }
    var text = ""
    if begun.insert(choice).inserted {
      text += try event(choice, ["role": "assistant", "content": ""], dropped: dropped)
      dropped = nil
    }
    if logprobs == nil, update.reasoning.isEmpty, !update.text.isEmpty {
      try write(update.text, choice, to: &text)
    } else if hasText || !(heldTokens[choice] ?? []).isEmpty {
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

  /// A plain piece of text, as most events are.
  private mutating func write(_ piece: String, _ choice: Int, to text: inout String) throws {
    if templates[choice] == nil {
      templates[choice] = try TextTemplate { try event(choice, ["content": .string($0)]) }
    }
    if let template = templates[choice] {
      template.write(piece, to: &text)
    } else {
      text += try event(choice, ["content": .string(piece)])
    }
  }

  private func event(
    _ choice: Int,
    _ delta: JSONValue,
    tokens: [TokenLogprobs] = [],
    finishReason: JSONValue = .null,
    dropped: DroppedMessages? = nil
  ) throws -> String {
    var entry = JSONObject()
    entry["index"] = .int(choice)
    entry["delta"] = delta
    entry["logprobs"] = tokens.isEmpty ? .null : logprobs?.json(tokens) ?? .null
    entry["finish_reason"] = finishReason
    var object = head.object("chat.completion.chunk")
    object["choices"] = [.object(entry)]
    if includesUsage { object["usage"] = .null }
    if let dropped { object["dropped"] = dropped.json }
    return try EventText.data(.object(object))
  }
}
