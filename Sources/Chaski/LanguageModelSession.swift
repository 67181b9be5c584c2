// Owns: the public conversation with a model. Does not own: how answers are made (Conversation).

import ChaskiChat
import ChaskiGeneration

/// A conversation with a model; it remembers what was said.
///
/// The shape follows Apple's FoundationModels, so that code moves between the two. One answer is made at a
/// time: a second call waits for the first.
public actor LanguageModelSession {
  /// An answer.
  public struct Response: Sendable {
    /// What the model said.
    public let content: String
    /// What the model thought before it spoke, if it is a reasoning model.
    public let reasoning: String?
    /// Tokens of the prompt, the conversation so far included.
    public let promptTokenCount: Int
    /// Tokens of the answer.
    public let responseTokenCount: Int
  }

  /// An answer in the making: everything said so far.
  public struct Snapshot: Sendable {
    /// The answer so far.
    public let content: String
  }

  private var conversation: Conversation
  private var lastAnswer: Task<Void, Never>?

  /// A session with `model`, told `instructions` before the conversation begins.
  ///
  /// - Throws: When the model has no tokenizer, its chat template cannot be used, or a draft model's
  ///   vocabulary is another.
  public init(
    model: Model,
    instructions: String? = nil,
    speculation: Speculation = .conversation
  ) throws {
    conversation = try Conversation(
      engine: InferenceEngine(
        model: model.loaded,
        speculation: speculation.engineSpeculation
      ),
      system: instructions
    )
  }

  /// Answers `prompt` when all of the answer is there.
  ///
  /// Cancelling the task ends the answer with what there is.
  ///
  /// - Throws: When the conversation no longer fits the context, or options make no sense.
  public func respond(
    to prompt: String,
    options: GenerationOptions = GenerationOptions()
  ) async throws -> Response {
    try await answer(prompt, options) { _ in }
  }

  /// Answers `prompt` piece by piece; each snapshot holds everything so far.
  ///
  /// Leaving the loop cancels the answer.
  public nonisolated func streamResponse(
    to prompt: String,
    options: GenerationOptions = GenerationOptions()
  ) -> AsyncThrowingStream<Snapshot, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          let text = TextSoFar()
          _ = try await self.answer(prompt, options) { event in
            if case .answer(let piece) = event {
              continuation.yield(Snapshot(content: text.append(piece)))
            }
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func answer(
    _ prompt: String,
    _ options: GenerationOptions,
    report: @escaping @Sendable (AnswerEvent) -> Void
  ) async throws -> Response {
    // An actor lets calls in while one waits; the conversation needs them one after the other.
    while let earlier = lastAnswer { await earlier.value }
    let (done, finish) = AsyncStream<Void>.makeStream()
    lastAnswer = Task { for await _ in done {} }
    defer {
      lastAnswer = nil
      finish.finish()
    }
    var next = conversation
    let result = try await next.respond(
      to: prompt,
      with: AnswerOptions(
        sampling: try options.samplingOptions(conversation.engine.model.samplingAdvice),
        maximumTokens: options.maximumResponseTokens
      ),
      report: report
    )
    conversation = next
    return Response(
      content: next.messages.last?.text ?? "",
      reasoning: next.messages.last?.reasoning,
      promptTokenCount: result.statistics.promptTokenCount,
      responseTokenCount: result.statistics.generatedTokenCount
    )
  }
}
