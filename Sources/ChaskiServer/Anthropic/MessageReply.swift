// Owns: the reply of POST /v1/messages, whole or in the making. Source: Anthropic's API reference, messages.

package import ChaskiChat
package import ChaskiGeneration
import ChaskiTokenizers

/// A message of the assistant.
package struct MessageReply: Sendable {
  private let model: ServedModel
  private let stopTexts: [String]
  private let dropped: DroppedMessages?
  private let id = RequestIdentifier.new("msg_")

  /// A message of `model`, which ends at any of `stopTexts`; of the conversation `dropped` was left out.
  package init(model: ServedModel, stopTexts: [String], dropped: DroppedMessages? = nil) {
    self.dropped = dropped
    self.model = model
    self.stopTexts = stopTexts
  }

  /// The message with what it says, or its beginning where nothing is known yet.
  package func json(_ reader: ChoiceReader?, _ usage: JSONValue) -> JSONValue {
    var blocks: [JSONValue] = []
    if let reader {
      if !reader.reasoning.isEmpty {
        blocks.append(
          ["type": "thinking", "thinking": .string(reader.reasoning), "signature": ""]
        )
      }
      blocks.append(["type": "text", "text": .string(reader.text)])
    }
    var message: JSONObject = [
      "id": .string(id), "type": "message", "role": "assistant", "model": .string(model.id),
      "content": .array(blocks), "stop_reason": stopReason(reader?.result),
      "stop_sequence": stopText(reader?.result), "usage": usage,
    ]
    if let dropped { message["dropped"] = dropped.json }
    return .object(message)
  }

  /// Why the answer ended, in Anthropic's words.
  package func stopReason(_ result: GenerationResult?) -> JSONValue {
    guard let result else { return .null }
    switch result.finishReason {
    case .stop, .cancelled: return stopText(result) == .null ? "end_turn" : "stop_sequence"
    case .length: return "max_tokens"
    case .context: return "model_context_window_exceeded"
    }
  }

  /// The stop text that came, which the answer's text ends before.
  package func stopText(_ result: GenerationResult?) -> JSONValue {
    guard let result else { return .null }
    return StopFields.found(stopTexts, in: result, model.tokenizer).map { .string($0) } ?? .null
  }

  /// The counts: tokens of the prompt that were in the cache are told apart from those that were not.
  package static func usage(_ usage: AnswerUsage) -> JSONValue {
    var counts = counts(
      prompt: usage.promptTokenCount,
      cached: usage.cachedTokenCount,
      generated: usage.generatedTokenCount
    )
    if let divergence = usage.cacheDivergence { counts["cache_divergence"] = divergence.json }
    return .object(counts)
  }

  /// The same counts where no more is known.
  static func counts(prompt: Int, cached: Int, generated: Int) -> JSONObject {
    [
      "input_tokens": .int(prompt - cached), "cache_creation_input_tokens": 0,
      "cache_read_input_tokens": .int(cached), "output_tokens": .int(generated),
    ]
  }
}
