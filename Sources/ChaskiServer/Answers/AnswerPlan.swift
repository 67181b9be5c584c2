// Owns: what a request asks of the engine, whichever API it came by.

package import ChaskiGeneration
import ChaskiSampling
import ChaskiTokenizers

/// The texts to continue for one request.
package struct AnswerPlan: Sendable {
  /// One of the answers asked for.
  package struct Choice: Sendable {
    /// What the engine is asked.
    package var request: GenerationRequest
    /// Which of the request's prompts it continues.
    package var promptIndex = 0
  }

  /// The model.
  package let model: ServedModel
  /// The answers, in the order of their index.
  package var choices: [Choice]
  /// How many of them are worked on at once; the others wait here, not in the engine's queue.
  package var concurrentCount = Int.max
  /// What of the conversation was left out.
  package var dropped: DroppedMessages?
  /// Whether reasoning is told from answers.
  package var splitsReasoning = false
  /// Whether the prompt ends inside the reasoning.
  package var startsInReasoning = false

  /// A plan of `count` answers to `request`; each has a seed of its own if the request has one.
  package init(model: ServedModel, request: GenerationRequest, count: Int = 1) {
    self.model = model
    choices = []
    add(request, count: count)
  }

  /// A plan of nothing yet.
  package init(model: ServedModel) {
    self.model = model
    choices = []
  }

  /// Adds `count` answers to one more prompt.
  package mutating func add(_ request: GenerationRequest, count: Int) {
    let promptIndex = (choices.last?.promptIndex ?? -1) + 1
    for index in 0..<count {
      var choice = Choice(request: request, promptIndex: promptIndex)
      if let seed = request.sampling.seed {
        choice.request.sampling.seed = seed &+ UInt64(index)
      }
      choices.append(choice)
    }
  }

  /// Checks what can be checked before the engine is asked.
  ///
  /// - Throws: `ServerError.promptTooLong`, `.field` for an empty prompt or a token that is none.
  package func validate(promptField: String) throws(ServerError) {
    for choice in choices {
      let prompt = choice.request.prompt
      guard !prompt.isEmpty else { throw .field(promptField, expected: "a text, not nothing") }
      guard prompt.count < model.engine.contextLength else {
        throw .promptTooLong(
          tokenCount: prompt.count,
          contextLength: model.engine.contextLength
        )
      }
      let count = model.tokenizer.vocabularyCount
      guard prompt.allSatisfy({ $0 >= 0 && Int($0) < count }) else {
        throw .field(promptField, expected: "token ids from 0 to \(count - 1)")
      }
    }
  }
}
