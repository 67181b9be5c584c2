// Owns: the body of POST /api/generate. Source: Ollama's API reference.

import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiTokenizers

/// A prompt to answer, as Ollama's clients ask for it.
package struct OllamaGenerateRequest: Sendable {
  /// The model's name.
  package let model: String
  /// The prompt; an empty one loads the model.
  package let prompt: String
  /// The text after the gap that the answer fills; nil where it answers the prompt.
  package let suffix: String?
  /// What the model is told before.
  package let system: String?
  /// Whether the prompt is continued as it is, without the chat template.
  package let isRaw: Bool
  /// Whether the answer comes line by line.
  package let isStreamed: Bool
  /// How much the model should think, as variables of its template.
  let thinking: [String: JSONValue]
  /// How many likeliest tokens are told for each, nil for no log-probabilities.
  package let logprobCount: Int?
  /// All fields.
  package let fields: RequestFields

  /// Reads a request.
  ///
  /// - Throws: `ServerError`.
  package init(_ fields: RequestFields, limits: ServerLimits) throws(ServerError) {
    self.fields = fields
    model = try fields.required("model")
    prompt = try fields.string("prompt") ?? ""
    system = try fields.string("system").flatMap { $0.isEmpty ? nil : $0 }
    isRaw = try fields.bool("raw") ?? false
    isStreamed = try fields.bool("stream") ?? true
    thinking = try ThinkingFields.ollama(fields)
    logprobCount = try fields.logprobCount(limits)
    try Self.refuseUnsupported(fields)
    suffix = try fields.string("suffix").flatMap { $0.isEmpty ? nil : $0 }
    if let text = try fields.string("template"), !text.isEmpty {
      throw .unsupported(field: "template", reason: "this server takes the model's own template.")
    }
    if suffix != nil, system != nil {
      throw .unsupported(field: "system", reason: "a gap is filled without the chat template.")
    }
    if let list = try fields.array("images"), !list.isEmpty {
      throw .unsupported(field: "images", reason: "the model reads text only.")
    }
    if let list = try fields.array("context"), !list.isEmpty {
      throw .unsupported(field: "context", reason: "/api/chat takes the whole conversation.")
    }
  }

  /// What would be lost silently is refused.
  static func refuseUnsupported(_ fields: RequestFields) throws(ServerError) {
    guard let format = fields["format"], format != .string("") else { return }
    throw .unsupported(field: "format", reason: "answers cannot be held to a form yet.")
  }

  /// What the engine is asked.
  ///
  /// - Throws: `ServerError`.
  package func plan(
    _ model: ServedModel,
    _ limits: ServerLimits
  ) throws(ServerError) -> AnswerPlan {
    let options = try OllamaOptions(fields, for: model, limits: limits)
    guard isRaw || suffix != nil else {
      var messages = [ChatMessage(.user, prompt)]
      if let system { messages.insert(ChatMessage(.system, system), at: 0) }
      var conversation = ConversationPlan(messages: messages, sampling: options.sampling)
      conversation.maximumTokens = options.maximumTokens
      conversation.stopTexts = options.stopTexts
      conversation.variables = thinking
      conversation.logprobCount = logprobCount
      return try conversation.plan(model)
    }
    let text = CompletionRequest.Prompt.text(prompt)
    var tokens = text.tokens(model.tokenizer)
    if let suffix {
      guard let found = InfillPrompt(prefix: text, suffix: suffix).tokens(model.tokenizer) else {
        throw .noInfill
      }
      tokens = found
    }
    var request = GenerationRequest(prompt: tokens, sampling: options.sampling)
    request.maximumTokens = options.maximumTokens
    request.stopTexts = options.stopTexts
    request.continuesText = true
    request.logprobs = logprobCount
    let plan = AnswerPlan(model: model, request: request)
    try plan.validate(promptField: "prompt")
    return plan
  }
}
