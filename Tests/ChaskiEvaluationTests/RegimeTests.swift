import ChaskiTestSupport
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiTensors
import Foundation
import Testing

/// Rotary angles that depend on a text's length: every text is scored as one that is read at once, against what
/// transformers recorded.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct RegimeTests {
  /// Models whose angles change at 48 and from 40 tokens on.
  static let names = ["phi3-longrope", "llama-bias-ntk"]

  private func options(step: Int = 96) -> EvaluationOptions {
    var options = EvaluationOptions()
    (options.cacheType, options.contextLength) = (.f32, 128)
    (options.stepLength, options.answerLength) = (step, 32)
    return options
  }

  /// The results that an evaluation leaves in its log, by item.
  private func results(_ evaluation: Evaluation, on model: LanguageModel) async throws
    -> [ItemResult]
  {
    try await TemporaryLog.with { path in
      let log = try ResultLog(path: path, identity: TemporaryLog.identity)
      _ = try await evaluation.run(on: model, log: log)
      let read = try ResultLog(path: path, identity: TemporaryLog.identity).results
      return read.values.sorted { $0.item < $1.item }
    }
  }

  /// A recorded prompt as a question: `contextCount` tokens of it, and what follows with one token more.
  private func question(
    _ tokens: [Int32],
    contextCount: Int,
    last: Int32
  ) -> (context: String, ending: String) {
    (
      LetteredModel.text(tokens[..<contextCount]),
      LetteredModel.text(tokens[contextCount...] + [last])
    )
  }

  @Test(arguments: RegimeTests.names, [1, 7, 96])
  func `likelihoods of short and of long texts are those of the recorded logits`(
    name: String,
    stepLength: Int
  ) async throws {
    let lettered = try await LetteredModel(name)
    // p3 is shorter than the original context, p4 longer; both begin in the same way.
    for (prompt, contextCount) in [("p3", 20), ("p4", 5), ("p4", 30), ("p4", 60)] {
      let tokens = try lettered.tokens(prompt)
      let lasts: [Int32] = [40, 77]
      let asked = lasts.map { question(tokens, contextCount: contextCount, last: $0) }
      let item = EvaluationItem(
        prompt: asked[0].context,
        answer: .choices(asked.map(\.ending), correct: 0)
      )
      let evaluation = Evaluation(
        MultipleChoice.self,
        items: [item],
        options: options(step: stepLength)
      )
      let found = try #require(try await results(evaluation, on: lettered.model).first)
      for (index, last) in lasts.enumerated() {
        let text = tokens + [last]
        let expected = try (contextCount..<text.count).reduce(0.0) {
          try $0 + lettered.logProbability(of: text[$1], after: $1 - 1, in: prompt)
        }
        // A logit and the sum over all of them are each off by the tolerance at most.
        let allowed = 2 * lettered.tolerance * Double(text.count - contextCount)
        #expect(abs((found.logLikelihoods?[index] ?? .nan) - expected) <= allowed, "\(prompt)")
      }
    }
  }

  @Test(arguments: RegimeTests.names)
  func `endings of many lengths have the likelihoods that each has alone`(name: String) async throws
  {
    let lettered = try await LetteredModel(name)
    let tokens = try lettered.tokens("p4")
    let context = LetteredModel.text(tokens[..<30])
    // Texts of 36 to 72 tokens, two of them of one length.
    let endings =
      [36, 41, 49, 60, 72].map { LetteredModel.text(tokens[30..<$0]) } + [
        LetteredModel.text(tokens[30..<59] + [9])
      ]
    func item(_ endings: [String]) -> EvaluationItem {
      EvaluationItem(prompt: context, answer: .choices(endings, correct: 0))
    }
    let together = try await results(
      Evaluation(MultipleChoice.self, items: [item(endings)], options: options()),
      on: lettered.model
    )
    let apart = try await results(
      Evaluation(MultipleChoice.self, items: endings.map { item([$0]) }, options: options()),
      on: lettered.model
    )
    #expect(together.first?.logLikelihoods == apart.compactMap { $0.logLikelihoods?.first })
  }

  @Test(arguments: RegimeTests.names, [false, true])
  func `examples that are read once change no likelihood`(
    name: String,
    longFirst: Bool
  ) async throws {
    let lettered = try await LetteredModel(name)
    let tokens = try lettered.tokens("p4")
    let example = EvaluationItem(
      prompt: LetteredModel.text(tokens[..<12]),
      answer: .choices([LetteredModel.text(tokens[12..<20]), "?"], correct: 0)
    )
    // With the examples some texts are within the original context, some beyond it.
    var items = [24, 30, 60, 30, 50].map { end in
      EvaluationItem(
        prompt: LetteredModel.text(tokens[22..<end]),
        answer: .choices(
          [LetteredModel.text([50, 60]), LetteredModel.text([70, 80, 90])],
          correct: 0
        )
      )
    }
    if longFirst { items.reverse() }
    let shared = try await results(
      Evaluation(MultipleChoice.self, items: items, examples: [example], options: options()),
      on: lettered.model
    )
    let apart = try await results(
      Evaluation(
        MultipleChoice.self,
        items: items.map {
          EvaluationItem(
            prompt: example.solved + EvaluationItem.exampleDelimiter + $0.prompt,
            answer: $0.answer
          )
        },
        options: options()
      ),
      on: lettered.model
    )
    #expect(shared.map(\.logLikelihoods) == apart.map(\.logLikelihoods))
  }

  @Test(arguments: RegimeTests.names, [1, 7, 96])
  func `answers that outgrow the original context are those of transformers`(
    name: String,
    stepLength: Int
  ) async throws {
    let lettered = try await LetteredModel(name)
    let (prompt, continuation) = lettered.run
    let item = EvaluationItem(prompt: LetteredModel.text(prompt), answer: .solution("#### 1"))
    // Three at once, so that their steps mix.
    let found = try await results(
      Evaluation(GSM8K.self, items: [item, item, item], options: options(step: stepLength)),
      on: lettered.model
    )
    #expect(found.map(\.text) == Array(repeating: LetteredModel.text(continuation), count: 3))
  }

  @Test(arguments: RegimeTests.names, [7, 96])
  func `perplexity and divergence read a window as one text`(
    name: String,
    stepLength: Int
  ) async throws {
    let lettered = try await LetteredModel(name)
    let tokens = try lettered.tokens("p4")
    let text = Array(LetteredModel.text(tokens + tokens + tokens).utf8)
    let scored = tokens.count / 2 + 1..<tokens.count
    let sum = try scored.reduce(0.0) {
      try $0 + lettered.logProbability(of: tokens[$1], after: $1 - 1, in: "p4")
    }
    let expected = -sum / Double(scored.count)
    var engineOptions = EngineOptions()
    (engineOptions.cacheType, engineOptions.contextLength) = (.f32, 128)
    engineOptions.prefillChunkLength = stepLength
    let perplexity = try await Perplexity.measure(
      text,
      with: try InferenceEngine(model: lettered.model, options: engineOptions),
      contextLength: tokens.count,
      maximumChunks: 1
    )
    #expect(perplexity.scoredTokenCount == scored.count)
    #expect(abs(log(perplexity.value) - expected) <= 2 * lettered.tolerance)
    var options = DivergenceOptions()
    (options.windowLength, options.windowLimit) = (tokens.count, 1)
    (options.cacheType, options.stepLength) = (.f32, stepLength)
    let divergence = try await Divergence.measure(
      text,
      of: lettered.model,
      against: lettered.model,
      options: options
    )
    #expect(abs(log(divergence.referencePerplexity) - expected) <= 2 * lettered.tolerance)
    #expect(divergence.perplexity == divergence.referencePerplexity && divergence.mean == 0)
  }
}
