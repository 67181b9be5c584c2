// Owns: the body of POST /v1/chat/completions. Source: OpenAI's API reference, chat/create.

package import ChaskiChat
import ChaskiSampling

/// A conversation to continue, as OpenAI's clients ask for it.
package struct ChatCompletionRequest: Sendable {
  /// The model's name.
  package let model: String
  /// The conversation.
  package let messages: [ChatMessage]
  /// The tools on offer.
  package let tools: [ToolDefinition]
  /// What else the template may name (`chat_template_kwargs`).
  package let variables: [String: JSONValue]
  /// How many answers.
  package let count: Int
  /// Whether the answer comes as events.
  package let isStreamed: Bool
  /// Whether the last event tells the token counts.
  package let includesUsage: Bool
  /// How many likeliest tokens are told for each, nil for no log-probabilities.
  package let logprobCount: Int?
  /// The most tokens of an answer.
  package let maximumTokens: Int?
  /// Texts at which an answer ends.
  package let stopTexts: [String]
  /// Whether the answer goes on where the model would end it.
  package let ignoresEndOfText: Bool
  /// Whether the last message is the beginning of the answer.
  package let continuesFinalMessage: Bool
  /// Whether messages may be left out of a conversation that does not fit.
  package let truncates: Bool
  /// All fields, for the sampling options.
  package let fields: RequestFields

  /// Reads a request.
  ///
  /// - Throws: `ServerError`.
  package init(_ fields: RequestFields, limits: ServerLimits) throws(ServerError) {
    self.fields = fields
    model = try fields.required("model")
    messages = try ChatMessages.read(fields)
    tools = try ToolFields.tools(fields)
    variables = try Self.variables(fields)
    count = try fields.int("n", in: 1...limits.choiceCount) ?? 1
    isStreamed = try fields.bool("stream") ?? false
    includesUsage = try fields.fields("stream_options")?.bool("include_usage") ?? false
    logprobCount = try fields.logprobCount(limits)
    let limit = try fields.int("max_completion_tokens", in: 1 ... .max)
    let olderLimit = try fields.int("max_tokens", in: 1 ... .max)
    maximumTokens = limit ?? olderLimit
    stopTexts = try StopFields.texts(fields, "stop", limits)
    ignoresEndOfText = try fields.bool("ignore_eos") ?? false
    continuesFinalMessage = try fields.bool("continue_final_message") ?? false
    truncates = try fields.truncates()
    try Self.refuseUnsupported(fields)
    if continuesFinalMessage, messages.last?.role != .assistant {
      throw .field(
        "continue_final_message",
        expected: "given after a last message of the assistant"
      )
    }
  }

  private static func variables(
    _ fields: RequestFields
  ) throws(ServerError) -> [String: JSONValue] {
    var variables = ThinkingFields.openAI(effort: try fields.string("reasoning_effort"))
    for entry in try fields.fields("chat_template_kwargs")?.object.entries ?? [] {
      variables[entry.key] = entry.value
    }
    return variables
  }

  /// What would be lost silently is refused.
  private static func refuseUnsupported(_ fields: RequestFields) throws(ServerError) {
    if let format = try fields.fields("response_format") {
      let type = try format.required("type")
      guard type == "text" else {
        throw .unsupported(
          field: "response_format",
          reason: "answers cannot be held to \(type) yet, only to text."
        )
      }
    }
    // Some clients write the empty forms of what they do not use.
    let empty: [JSONValue] = [[], "none", "auto", ["text"]]
    for key in ["functions", "function_call", "audio", "web_search_options", "modalities"] {
      guard let value = fields[key], !empty.contains(value) else { continue }
      throw .unsupported(field: key, reason: "this server has no such thing.")
    }
  }
}
