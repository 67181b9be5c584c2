// Owns: the objects of Ollama's answers, whole or line by line. Source: Ollama's API reference.

package import ChaskiChat
import ChaskiGeneration
package import Foundation

/// Writes the answer of /api/chat or /api/generate, as one object or a line for each piece.
package struct OllamaReply: StreamFormat {
  package static let mediaType = "application/x-ndjson"

  /// Which of the two.
  package enum Kind: Sendable {
    /// Messages.
    case chat
    /// Plain text, as `response`.
    case generate
  }

  private let kind: Kind
  private let model: String
  private let created: Date
  /// What of the conversation was left out.
  package var dropped: DroppedMessages?
  private let start = ContinuousClock.now

  /// The answer of `model`, begun at `created`.
  package init(_ kind: Kind, model: String, created: Date) {
    self.kind = kind
    self.model = model
    self.created = created
  }

  package mutating func begin() -> String { "" }

  package mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String {
    guard !update.text.isEmpty || !update.reasoning.isEmpty else { return "" }
    return try line(object(text: update.text, reasoning: update.reasoning))
  }

  package mutating func end(readers: [ChoiceReader], usage: AnswerUsage) throws -> String {
    guard let result = readers.first?.result else { return "" }
    return try line(finish(object(text: "", reasoning: ""), result))
  }

  package mutating func failure(_ error: ServerError, requestID: String) throws -> String {
    try APIDialect.ollama.body(of: error, requestID: requestID).jsonText() + "\n"
  }

  /// The whole answer as one object.
  package func json(_ reader: ChoiceReader) -> JSONValue {
    let object = object(text: reader.text, reasoning: reader.reasoning)
    guard let result = reader.result else { return .object(object) }
    return .object(finish(object, result))
  }

  /// The answer to an empty prompt, which only asks for the model to be there, or to leave.
  package func loaded(_ keepAlive: KeepAlive? = nil) -> JSONValue {
    var object = object(text: "", reasoning: "")
    object["done"] = true
    object["done_reason"] = keepAlive == .lasting(.zero) ? "unload" : "load"
    return .object(object)
  }

  private func object(text: String, reasoning: String) -> JSONObject {
    var object: JSONObject = [
      "model": .string(model), "created_at": .string(created.formatted(.iso8601)),
    ]
    switch kind {
    case .chat:
      var message: JSONObject = ["role": "assistant", "content": .string(text)]
      if !reasoning.isEmpty { message["thinking"] = .string(reasoning) }
      object["message"] = .object(message)
    case .generate:
      object["response"] = .string(text)
      if !reasoning.isEmpty { object["thinking"] = .string(reasoning) }
    }
    object["done"] = false
    return object
  }

  private func finish(_ object: JSONObject, _ result: GenerationResult) -> JSONObject {
    var object = object
    let statistics = result.statistics
    if let dropped { object["dropped"] = dropped.json }
    object["done"] = true
    object["done_reason"] = result.finishReason.openAI
    object["total_duration"] = Self.nanoseconds(ContinuousClock.now - start)
    object["load_duration"] = 0
    object["prompt_eval_count"] = .int(statistics.promptTokenCount)
    object["prompt_eval_duration"] = Self.nanoseconds(statistics.prefillDuration)
    object["eval_count"] = .int(statistics.generatedTokenCount)
    object["eval_duration"] = Self.nanoseconds(statistics.decodeDuration)
    return object
  }

  private func line(_ object: JSONObject) throws -> String {
    try JSONValue.object(object).jsonText() + "\n"
  }

  private static func nanoseconds(_ duration: Duration) -> JSONValue {
    .int(Int(duration / .nanoseconds(1)))
  }
}
