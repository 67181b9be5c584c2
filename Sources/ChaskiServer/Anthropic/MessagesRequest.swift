// Owns: the body of POST /v1/messages and /v1/messages/count_tokens. Source: Anthropic's API reference, messages.

package import ChaskiChat
import ChaskiSampling
import ChaskiTokenizers

/// A conversation to continue, as Anthropic's clients ask for it.
package struct MessagesRequest: Sendable {
  /// The model's name.
  package let model: String
  /// The conversation, with the system's text first.
  package let messages: [ChatMessage]
  /// The most tokens of the answer; nil where tokens are only counted.
  package let maximumTokens: Int?
  /// Whether the answer comes as events.
  package let isStreamed: Bool
  /// Texts at which the answer ends.
  package let stopTexts: [String]
  /// Whether messages may be left out of a conversation that does not fit; Anthropic's API has no such field.
  package let truncates: Bool
  /// All fields, for the sampling options.
  package let fields: RequestFields

  /// Reads a request; `isCounting` needs no limit of tokens.
  ///
  /// - Throws: `ServerError`.
  package init(
    _ fields: RequestFields,
    limits: ServerLimits,
    isCounting: Bool = false
  ) throws(ServerError) {
    self.fields = fields
    model = try fields.required("model")
    maximumTokens = try fields.int("max_tokens", in: 1 ... .max)
    guard maximumTokens != nil || isCounting else { throw .missing(field: "max_tokens") }
    isStreamed = try fields.bool("stream") ?? false
    stopTexts = try StopFields.texts(fields, "stop_sequences", limits)
    truncates = try fields.truncates()
    guard let elements = try fields.array("messages") else { throw .missing(field: "messages") }
    guard !elements.isEmpty else { throw .field("messages", expected: "at least one message") }
    var messages: [ChatMessage] = []
    if let system = fields["system"] {
      messages.append(ChatMessage(.system, try Self.text(system, at: "system").text))
    }
    for (index, element) in elements.enumerated() {
      messages.append(try Self.message(element, at: "messages.\(index)"))
    }
    self.messages = messages
    try ToolFields.refuse(fields)
    try Self.refuseFormats(fields)
  }

  /// What would be lost silently is refused: `output_format`, and where it stands in newer requests.
  private static func refuseFormats(_ fields: RequestFields) throws(ServerError) {
    for format in [
      fields["output_format"], try fields.fields("output_config")?["format"],
    ] where format != nil {
      throw .unsupported(
        field: "output_format",
        reason: "answers cannot be held to a form yet."
      )
    }
  }

  private static func message(
    _ json: JSONValue,
    at path: String
  ) throws(ServerError) -> ChatMessage {
    let role = json["role"]?.string
    guard let role, ["user", "assistant", "system"].contains(role) else {
      throw .field("\(path).role", expected: "user or assistant")
    }
    guard let content = json["content"] else { throw .missing(field: "\(path).content") }
    let read = try text(content, at: "\(path).content")
    return ChatMessage(
      ChatMessage.Role(rawValue: role),
      read.text,
      reasoning: read.reasoning.isEmpty ? nil : read.reasoning
    )
  }

  /// The text of a string or of blocks of text; blocks of thinking are the reasoning.
  private static func text(
    _ content: JSONValue,
    at path: String
  ) throws(ServerError) -> (text: String, reasoning: String) {
    if let text = content.string { return (text, "") }
    guard let blocks = content.array else {
      throw .field(path, expected: "a string or an array of blocks")
    }
    var texts: [String] = []
    var reasoning: [String] = []
    for block in blocks {
      switch block["type"]?.string {
      case "text":
        guard let text = block["text"]?.string else {
          throw .field("\(path).text", expected: "a string")
        }
        texts.append(text)
      case "thinking": reasoning.append(block["thinking"]?.string ?? "")
      case "redacted_thinking": break
      case let type:
        throw .unsupported(
          field: path,
          reason: "the model reads text, not a block of type \((type ?? "none").prefix(40))."
        )
      }
    }
    return (texts.joined(separator: "\n"), reasoning.joined(separator: "\n"))
  }

  /// The conversation, with the sampling options that `model` can follow.
  ///
  /// A last message of the assistant is the beginning of the answer.
  ///
  /// - Throws: `ServerError`.
  package func conversation(_ model: ServedModel) throws(ServerError) -> ConversationPlan {
    var plan = ConversationPlan(
      messages: messages,
      sampling: try fields.sampling(for: model)
    )
    plan.maximumTokens = maximumTokens
    plan.truncates = truncates
    if fields["system"] != nil { plan.places = messages.indices.map { $0 - 1 } }
    plan.mergesTurns = true
    plan.stopTexts = stopTexts
    plan.continuesFinalMessage = messages.last?.role == .assistant
    plan.variables = try ThinkingFields.anthropic(fields)
    return plan
  }
}
