// Owns: the body of POST /api/chat. Source: Ollama's API reference.

package import ChaskiChat
import ChaskiSampling
import ChaskiTokenizers

/// A conversation to continue, as Ollama's clients ask for it.
package struct OllamaChatRequest: Sendable {
  /// The model's name.
  package let model: String
  /// The conversation; an empty one loads the model.
  package let messages: [ChatMessage]
  /// The tools on offer.
  package let tools: [ToolDefinition]
  /// Whether the answer comes line by line.
  package let isStreamed: Bool
  /// How much the model should think, as variables of its template.
  let thinking: [String: JSONValue]
  /// How many likeliest tokens are told for each, nil for no log-probabilities.
  package let logprobCount: Int?
  /// Whether messages may be left out of a conversation that does not fit, as Ollama does unless told not to.
  package let truncates: Bool
  /// All fields.
  package let fields: RequestFields

  /// Reads a request.
  ///
  /// - Throws: `ServerError`.
  package init(_ fields: RequestFields, limits: ServerLimits) throws(ServerError) {
    self.fields = fields
    model = try fields.required("model")
    isStreamed = try fields.bool("stream") ?? true
    truncates = try fields.bool("truncate") ?? true
    let isEmpty = try fields.array("messages")?.isEmpty ?? true
    messages = isEmpty ? [] : try ChatMessages.read(fields)
    tools = try ToolFields.tools(fields)
    thinking = try ThinkingFields.ollama(fields)
    logprobCount = try fields.logprobCount(limits)
    try OllamaGenerateRequest.refuseUnsupported(fields)
    for (index, element) in try fields.array("messages")?.enumerated() ?? [].enumerated()
    where element["images"]?.array?.isEmpty == false {
      throw .unsupported(field: "messages[\(index)].images", reason: "the model reads text only.")
    }
  }

  /// The conversation, as `model` can answer it.
  ///
  /// - Throws: `ServerError`.
  package func conversation(
    _ model: ServedModel,
    _ limits: ServerLimits
  ) throws(ServerError) -> ConversationPlan {
    let options = try OllamaOptions(fields, for: model, limits: limits)
    var plan = ConversationPlan(messages: messages, sampling: options.sampling)
    plan.tools = tools
    plan.truncates = truncates
    plan.maximumTokens = options.maximumTokens
    plan.stopTexts = options.stopTexts
    plan.continuesFinalMessage = messages.last?.role == .assistant
    plan.variables = thinking
    plan.logprobCount = logprobCount
    return plan
  }
}
