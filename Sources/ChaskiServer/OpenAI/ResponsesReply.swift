// Owns: the object of POST /v1/responses, whole or in the making. Source: OpenAI's API reference, responses/object.

package import ChaskiChat
import ChaskiGeneration

/// A response and its items.
package struct ResponsesReply: Sendable {
  private let request: ResponsesRequest
  private let model: ServedModel
  private let created: Int
  /// The response's id.
  package let id = RequestIdentifier.new("resp_")
  /// The id of the item that is the reasoning.
  package let reasoningID = RequestIdentifier.new("rs_")
  /// The id of the item that is the answer.
  package let messageID = RequestIdentifier.new("msg_")
  /// The reasoning.
  package private(set) var reasoning = ""
  /// The answer.
  package private(set) var text = ""
  /// The log-probabilities of the answer's tokens, if they were asked for.
  package private(set) var logprobs: [JSONValue] = []
  private let dropped: DroppedMessages?
  private var usage: AnswerUsage?
  private var finishReason: FinishReason?

  /// A response to `request` with no items yet, of which `dropped` was left out.
  package init(
    request: ResponsesRequest,
    model: ServedModel,
    created: Int,
    dropped: DroppedMessages? = nil
  ) {
    self.request = request
    self.dropped = dropped
    self.model = model
    self.created = created
  }

  /// Takes the finished answer.
  package mutating func take(_ readers: [ChoiceReader], _ usage: AnswerUsage) {
    guard let reader = readers.first else { return }
    reasoning = reader.reasoning
    text = reader.text
    logprobs = self.logprobs(of: reader.tokens)
    finishReason = reader.result?.finishReason
    self.usage = usage
  }

  /// `tokens` as parts and events tell them.
  func logprobs(of tokens: [TokenLogprobs]) -> [JSONValue] {
    ChatLogprobs(model.tokenizer).list(tokens)
  }

  /// Whether the answer was cut off.
  private var isCutOff: Bool { finishReason == .length || finishReason == .context }

  /// `in_progress`, `completed` or `incomplete`.
  package var status: String {
    finishReason == nil ? "in_progress" : isCutOff ? "incomplete" : "completed"
  }

  /// The response.
  package var json: JSONValue {
    var object = JSONObject()
    object["id"] = .string(id)
    object["object"] = "response"
    object["created_at"] = .int(created)
    object["status"] = .string(status)
    object["error"] = .null
    object["incomplete_details"] = isCutOff ? ["reason": "max_output_tokens"] : .null
    object["instructions"] = request.instructions.map { .string($0) } ?? .null
    object["max_output_tokens"] = request.maximumTokens.map { .int($0) } ?? .null
    object["model"] = .string(model.id)
    object["output"] = finishReason == nil ? [] : .array(items)
    object["parallel_tool_calls"] = false
    object["previous_response_id"] = .null
    object["store"] = false
    object["temperature"] = request.fields["temperature"] ?? .null
    object["text"] = ["format": ["type": "text"]]
    object["tool_choice"] = "auto"
    object["tools"] = []
    object["top_p"] = request.fields["top_p"] ?? .null
    object["truncation"] = request.truncates ? "auto" : "disabled"
    if let dropped { object["dropped"] = dropped.json }
    object["usage"] = usage.map(Self.usage) ?? .null
    object["metadata"] = request.fields["metadata"] ?? [:]
    return .object(object)
  }

  private var items: [JSONValue] {
    let message = item(text: text, status: isCutOff ? "incomplete" : "completed")
    return reasoning.isEmpty ? [message] : [reasoningItem(reasoning), message]
  }

  /// The item that is the reasoning.
  package func reasoningItem(_ text: String) -> JSONValue {
    [
      "id": .string(reasoningID), "type": "reasoning", "summary": [],
      "content": text.isEmpty ? [] : [["type": "reasoning_text", "text": .string(text)]],
    ]
  }

  /// The item that is the answer; without text it is one that begins.
  package func item(text: String?, status: String) -> JSONValue {
    [
      "id": .string(messageID), "type": "message", "status": .string(status), "role": "assistant",
      "content": text.map { [part($0)] } ?? [],
    ]
  }

  /// The part of the answer's item that holds its text.
  package func part(_ text: String) -> JSONValue {
    [
      "type": "output_text", "text": .string(text), "annotations": [],
      "logprobs": .array(logprobs),
    ]
  }

  private static func usage(_ usage: AnswerUsage) -> JSONValue {
    [
      "input_tokens": .int(usage.promptTokenCount),
      "input_tokens_details": usage.promptDetails,
      "output_tokens": .int(usage.generatedTokenCount),
      "output_tokens_details": ["reasoning_tokens": .int(usage.reasoningTokenCount)],
      "total_tokens": .int(usage.promptTokenCount + usage.generatedTokenCount),
    ]
  }
}
