// Owns: from an engine's events to what an answer says: reasoning, text, log-probabilities, end.

import ChaskiChat
package import ChaskiGeneration

/// Reads the events of one answer.
package struct ChoiceReader: Sendable {
  /// What one event added to an answer.
  package struct Update: Sendable {
    /// More of the reasoning.
    package var reasoning = ""
    /// More of the answer.
    package var text = ""
    /// A token, with what the model thought of it if that was asked for.
    package var token: TokenLogprobs?
    /// What the model thought of the prompt's tokens; nil for the first.
    package var promptLogprobs: [TokenLogprobs?]?
    /// The end.
    package var result: GenerationResult?

    /// Whether there is nothing to tell.
    package var isEmpty: Bool {
      reasoning.isEmpty && text.isEmpty && token == nil && promptLogprobs == nil && result == nil
    }
  }

  /// All of the reasoning so far.
  package private(set) var reasoning = ""
  /// All of the answer so far.
  package private(set) var text = ""
  /// The tokens so far, if log-probabilities were asked for.
  package private(set) var tokens: [TokenLogprobs] = []
  /// What the model thought of the prompt's tokens, if that was asked for.
  package private(set) var promptLogprobs: [TokenLogprobs?]?
  /// The prompt's vector, if that was asked for; not normalised.
  package private(set) var embedding: [Float] = []
  /// The end, once it came.
  package private(set) var result: GenerationResult?
  /// Tokens of the reasoning so far.
  package private(set) var reasoningTokenCount = 0
  private var splitter: ReasoningSplitter?
  private var isReasoning: Bool

  /// A reader of an answer to `plan`.
  package init(_ plan: AnswerPlan) {
    splitter =
      plan.splitsReasoning ? ReasoningSplitter(startsInside: plan.startsInReasoning) : nil
    isReasoning = plan.splitsReasoning && plan.startsInReasoning
  }

  /// Takes the next event.
  package mutating func take(_ event: GenerationEvent) -> Update {
    var update = Update()
    switch event {
    case .begun, .prompt: break
    case .embedding(let vector): embedding = vector
    case .promptLogprobs(let list):
      promptLogprobs = list
      update.promptLogprobs = list
    case .token(_, let piece, _, let logprobs):
      if let logprobs {
        tokens.append(logprobs)
        update.token = logprobs
      }
      split(piece, &update)
      if isReasoning { reasoningTokenCount += 1 }
    case .text(let piece): split(piece, &update)
    case .finished(let result):
      for event in splitter?.finish() ?? [] { note(event, &update) }
      self.result = result
      update.result = result
    }
    reasoning += update.reasoning
    text += update.text
    return update
  }

  private mutating func split(_ piece: String, _ update: inout Update) {
    guard let events = splitter?.push(piece) else {
      update.text += piece
      return
    }
    for event in events { note(event, &update) }
  }

  private mutating func note(_ event: ReasoningSplitter.Event, _ update: inout Update) {
    switch event {
    case .reasoning(let text):
      isReasoning = true
      update.reasoning += text
    case .answer(let text):
      isReasoning = false
      update.text += text
    }
  }
}
