// Owns: a conversation: its messages, and the answers an engine gives to them.

package import ChaskiChat
package import ChaskiGeneration
package import ChaskiSampling

/// Messages and the engine that continues them, owned by one task.
package struct Conversation: Sendable {
  /// The engine.
  package let engine: InferenceEngine
  /// How messages become prompts.
  package let renderer: PromptRenderer
  /// What was said so far, with the system message first if there is one.
  package var messages: [ChatMessage]

  /// A conversation that begins with `system`, if there is one.
  ///
  /// - Throws: what `PromptRenderer` throws.
  package init(engine: InferenceEngine, system: String? = nil) throws {
    self.engine = engine
    renderer = try PromptRenderer(model: engine.model)
    messages = []
    self.system = system
  }

  /// The system message's text.
  package var system: String? {
    get { messages.first.flatMap { $0.role == .system ? $0.text : nil } }
    set {
      if messages.first?.role == .system { messages.removeFirst() }
      if let newValue { messages.insert(ChatMessage(.system, newValue), at: 0) }
    }
  }

  /// Adds `text` as the user's message and the model's answer to it.
  ///
  /// A cancelled answer is kept as far as it came. If the answer fails, the conversation is as before.
  ///
  /// - Returns: The answer.
  /// - Throws: `ChatError`, `GenerationError`, `SamplingError`.
  package mutating func respond(
    to text: String,
    with options: AnswerOptions,
    report: @escaping @Sendable (AnswerEvent) -> Void = { _ in }
  ) async throws -> GenerationResult {
    var next = messages
    next.append(ChatMessage(.user, text))
    let prompt = try renderer.prompt(for: next)
    var request = GenerationRequest(prompt: prompt.tokens, sampling: options.sampling)
    request.maximumTokens = options.maximumTokens
    request.stopTexts = options.stopTexts
    let reader = AnswerReader(prompt: prompt.text, report: report)
    let result = try await engine.generate(request) { reader.take($0) }
    reader.finish()
    let (reasoning, answer) = reader.texts
    next.append(
      ChatMessage(.assistant, answer, reasoning: reasoning.isEmpty ? nil : reasoning)
    )
    messages = next
    return result
  }
}

/// How an answer is made.
package struct AnswerOptions: Sendable {
  /// How tokens are chosen.
  package var sampling: SamplingOptions
  /// The most tokens; until the context is full if nil.
  package var maximumTokens: Int?
  /// Texts at which the answer ends.
  package var stopTexts: [String]

  /// Answers by `sampling`.
  package init(
    sampling: SamplingOptions = SamplingOptions(),
    maximumTokens: Int? = nil,
    stopTexts: [String] = []
  ) {
    self.sampling = sampling
    self.maximumTokens = maximumTokens
    self.stopTexts = stopTexts
  }
}

/// What happens while an answer is made.
package enum AnswerEvent: Sendable {
  /// Some of the prompt has been read.
  case prompt(doneCount: Int, totalCount: Int)
  /// A token was chosen.
  case token(id: Int32, probability: Double)
  /// A piece of the model's reasoning.
  case reasoning(String)
  /// A piece of the answer.
  case answer(String)
}
