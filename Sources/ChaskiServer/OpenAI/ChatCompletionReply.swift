// Owns: the reply of POST /v1/chat/completions in one piece. Source: OpenAI's API reference, chat/object.

import ChaskiChat
import ChaskiGeneration
import ChaskiTokenizers

/// A whole chat completion.
struct ChatCompletionReply: Sendable {
  let head: CompletionHead
  let readers: [ChoiceReader]
  let usage: AnswerUsage
  let hasLogprobs: Bool
  let dropped: DroppedMessages?

  /// The reply.
  var json: JSONValue {
    var object = head.object("chat.completion")
    object["choices"] = .array(readers.enumerated().map { choice($0.offset, $0.element) })
    object["usage"] = usage.openAI
    if let dropped { object["dropped"] = dropped.json }
    return .object(object)
  }

  private func choice(_ index: Int, _ reader: ChoiceReader) -> JSONValue {
    var message = JSONObject()
    message["role"] = "assistant"
    message["content"] = .string(reader.text)
    if !reader.reasoning.isEmpty { message["reasoning_content"] = .string(reader.reasoning) }
    message["refusal"] = .null
    var choice = JSONObject()
    choice["index"] = .int(index)
    choice["message"] = .object(message)
    choice["logprobs"] =
      hasLogprobs ? ChatLogprobs(head.model.tokenizer).json(reader.tokens) : .null
    choice["finish_reason"] = reader.result?.finishReason.openAI ?? .null
    return .object(choice)
  }
}

extension FinishReason {
  /// OpenAI's word.
  var openAI: JSONValue {
    switch self {
    case .stop, .cancelled: "stop"
    case .length, .context: "length"
    }
  }
}
