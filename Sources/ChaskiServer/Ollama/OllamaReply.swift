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
  private let name: String
  private let created: Date
  private let start: ContinuousClock.Instant
  /// How long the request waited until its model was loaded.
  package var loadDuration = Duration.zero
  /// What of the conversation was left out.
  package var dropped: DroppedMessages?
  /// What tells log-probabilities, if they were asked for.
  var logprobs: ChatLogprobs?
  private var heldTokens: [TokenLogprobs] = []

  /// The answer of the model that the request calls `name`; the request came at `start`.
  package init(_ kind: Kind, model name: String, created: Date, start: ContinuousClock.Instant) {
    self.kind = kind
    self.name = name
    self.created = created
    self.start = start
  }

  package mutating func begin() -> String { "" }

  package mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String {
    if let token = update.token { heldTokens.append(token) }
    guard !update.text.isEmpty || !update.reasoning.isEmpty else { return "" }
    defer { heldTokens = [] }
    return try line(object(text: update.text, reasoning: update.reasoning, heldTokens))
  }

  package mutating func end(readers: [ChoiceReader], usage: AnswerUsage) throws -> String {
    guard let result = readers.first?.result else { return "" }
    return try line(finish(object(text: "", reasoning: "", heldTokens), result))
  }

  package mutating func failure(_ error: ServerError, requestID: String) throws -> String {
    try APIDialect.ollama.body(of: error, requestID: requestID).jsonText() + "\n"
  }

  /// The whole answer as one object.
  package func json(_ reader: ChoiceReader) -> JSONValue {
    let object = object(text: reader.text, reasoning: reader.reasoning, reader.tokens)
    guard let result = reader.result else { return .object(object) }
    return .object(finish(object, result))
  }

  /// The answer to an empty prompt, which only asks for the model to be there, or to leave.
  package func loaded(_ keepAlive: KeepAlive? = nil) -> JSONValue {
    var object = object(text: "", reasoning: "", [])
    object["done"] = true
    object["done_reason"] = keepAlive == .lasting(.zero) ? "unload" : "load"
    object["total_duration"] = Self.nanoseconds(ContinuousClock.now - start)
    object["load_duration"] = Self.nanoseconds(loadDuration)
    return .object(object)
  }

  private func object(
    text: String,
    reasoning: String,
    _ tokens: [TokenLogprobs]
  ) -> JSONObject {
    var object: JSONObject = [
      "model": .string(name), "created_at": .string(created.formatted(.iso8601)),
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
    let list = logprobs?.list(tokens) ?? []
    if !list.isEmpty { object["logprobs"] = .array(list) }
    return object
  }

  private func finish(_ object: JSONObject, _ result: GenerationResult) -> JSONObject {
    var object = object
    let statistics = result.statistics
    if let dropped { object["dropped"] = dropped.json }
    object["done"] = true
    object["done_reason"] = result.finishReason.openAI
    object["total_duration"] = Self.nanoseconds(ContinuousClock.now - start)
    object["load_duration"] = Self.nanoseconds(loadDuration)
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
