// Owns: the body of POST /v1/responses. Source: OpenAI's API reference, responses/create.

package import ChaskiChat
import ChaskiSampling
import ChaskiTokenizers

/// An input to answer, as OpenAI's newer clients ask for it; nothing is stored.
package struct ResponsesRequest: Sendable {
  /// The model's name.
  package let model: String
  /// The conversation, with the instructions first.
  package let messages: [ChatMessage]
  /// The instructions, which replies repeat.
  package let instructions: String?
  /// Whether the answer comes as events.
  package let isStreamed: Bool
  /// The most tokens of an answer.
  package let maximumTokens: Int?
  /// How many likeliest tokens are told for each, nil for no log-probabilities.
  package let logprobCount: Int?
  /// Whether messages may be left out of a conversation that does not fit.
  package let truncates: Bool
  /// All fields, for the sampling options.
  package let fields: RequestFields
  /// Where each message stands in the list of items.
  private let places: [Int]

  /// Reads a request.
  ///
  /// - Throws: `ServerError`.
  package init(_ fields: RequestFields, limits: ServerLimits) throws(ServerError) {
    self.fields = fields
    model = try fields.required("model")
    instructions = try fields.string("instructions")
    isStreamed = try fields.bool("stream") ?? false
    maximumTokens = try fields.int("max_output_tokens", in: 1 ... .max)
    truncates = try fields.truncates()
    logprobCount = try Self.logprobCount(fields, limits)
    var input = try Self.input(fields)
    if let instructions { input.insert((-1, ChatMessage(.system, instructions)), at: 0) }
    messages = input.map(\.message)
    places = input.map(\.place)
    try Self.refuseUnsupported(fields)
  }

  private static func logprobCount(
    _ fields: RequestFields,
    _ limits: ServerLimits
  ) throws(ServerError) -> Int? {
    let top = try fields.int("top_logprobs", in: 0...limits.topLogprobCount)
    let isIncluded = try fields.array("include")?.contains("message.output_text.logprobs") ?? false
    return isIncluded || (top ?? 0) > 0 ? top ?? 0 : nil
  }

  /// The messages, each with its place in the list of items.
  private static func input(
    _ fields: RequestFields
  ) throws(ServerError) -> [(place: Int, message: ChatMessage)] {
    guard let input = fields["input"] else { throw .missing(field: "input") }
    if let text = input.string { return [(0, ChatMessage(.user, text))] }
    guard let items = input.array, !items.isEmpty else {
      throw .field("input", expected: "a string or an array of items")
    }
    var messages: [(place: Int, message: ChatMessage)] = []
    var reasoning = ""
    for (index, item) in items.enumerated() {
      if item["type"] == "reasoning" {
        reasoning += Self.reasoning(item)
        continue
      }
      var message = try message(item, at: "input[\(index)]")
      // What was thought belongs to the answer that came of it.
      if message.role == .assistant, !reasoning.isEmpty { message.reasoning = reasoning }
      reasoning = ""
      messages.append((index, message))
    }
    guard !messages.isEmpty else { throw .field("input", expected: "at least one message") }
    return messages
  }

  /// The text of an item of reasoning, such as replies have; what is encrypted is not ours.
  private static func reasoning(_ item: JSONValue) -> String {
    let parts = item["content"]?.array ?? []
    return parts.compactMap { $0["text"]?.string }.joined(separator: "\n")
  }

  private static func message(
    _ item: JSONValue,
    at path: String
  ) throws(ServerError) -> ChatMessage {
    let type = item["type"]?.string ?? "message"
    guard type == "message", let role = item["role"]?.string else {
      throw .unsupported(field: path, reason: "only messages are read, not items of another type.")
    }
    let message = ChatMessage(ChatMessage.Role(rawValue: role), try text(item["content"], at: path))
    guard message.role.isKnown, message.role != .tool else {
      throw .field("\(path).role", expected: "system, developer, user or assistant")
    }
    return message
  }

  private static func text(_ content: JSONValue?, at path: String) throws(ServerError) -> String {
    if let text = content?.string { return text }
    guard let parts = content?.array else {
      throw .field("\(path).content", expected: "a string or an array of parts")
    }
    var texts: [String] = []
    for part in parts {
      if part["type"] == "refusal" { continue }
      let types = ["input_text", "output_text", "text"]
      guard types.contains(part["type"]?.string ?? ""), let text = part["text"]?.string else {
        throw .unsupported(field: "\(path).content", reason: "the model reads parts of text only.")
      }
      texts.append(text)
    }
    return texts.joined(separator: "\n")
  }

  /// What would be lost silently is refused.
  private static func refuseUnsupported(_ fields: RequestFields) throws(ServerError) {
    for key in ["previous_response_id", "conversation", "prompt"] where fields[key] != nil {
      throw .unsupported(field: key, reason: "nothing is stored here: send the whole conversation.")
    }
    try ToolFields.refuse(fields)
    if try fields.bool("background") == true {
      throw .unsupported(field: "background", reason: "nothing is stored here.")
    }
    if let type = try fields.fields("text")?.fields("format")?.string("type"), type != "text" {
      throw .unsupported(field: "text.format", reason: "answers cannot be held to a form yet.")
    }
  }

  /// The conversation, with the sampling options that `model` can follow.
  ///
  /// - Throws: `ServerError`.
  package func conversation(_ model: ServedModel) throws(ServerError) -> ConversationPlan {
    var plan = ConversationPlan(
      messages: messages,
      sampling: try fields.sampling(for: model)
    )
    plan.maximumTokens = maximumTokens
    plan.truncates = truncates
    plan.places = places
    plan.logprobCount = logprobCount
    plan.variables = ThinkingFields.openAI(effort: try fields.fields("reasoning")?.string("effort"))
    return plan
  }
}
