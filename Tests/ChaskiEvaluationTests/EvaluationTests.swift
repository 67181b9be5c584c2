import ChaskiTestSupport
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiTensors
import Foundation
import Testing

/// Tasks on a small real model, against lm-evaluation-harness.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct EvaluationTests {
  private func options(step: Int = 96, answers: Int = 8) -> EvaluationOptions {
    var options = EvaluationOptions()
    options.cacheType = .f32
    options.stepLength = step
    options.parallelAnswers = answers
    options.answerLength = 48
    return options
  }

  /// The results that an evaluation leaves in its log, by item.
  private func results(
    _ evaluation: Evaluation,
    on model: LanguageModel
  ) async throws -> [ItemResult] {
    try await TemporaryLog.with { path in
      let log = try ResultLog(path: path, identity: TemporaryLog.identity)
      _ = try await evaluation.run(on: model, log: log)
      let read = try ResultLog(path: path, identity: TemporaryLog.identity).results
      return read.values.sorted { $0.item < $1.item }
    }
  }

  @Test(arguments: TaskFixture.allCases)
  func `every request is answered as by the harness`(fixture: TaskFixture) async throws {
    let expected = try #require(ExpectedFigures.load().tasks[fixture.rawValue])
    let found = try await results(fixture.evaluation(options()), on: TaskFixture.model())
    #expect(found.count == expected.samples.count)
    for (result, responses) in zip(found, expected.samples) {
      for (index, response) in responses.enumerated() {
        switch response {
        case .text(let text): #expect(result.text == text)
        case .score(let score, _):
          // Float32 logits summed in another order: some 1e-5 a token, and up to some 30 tokens.
          #expect(abs((result.logLikelihoods?[index] ?? .nan) - score) < 1e-3)
        }
      }
    }
  }

  @Test(arguments: TaskFixture.allCases)
  func `figures and standard errors are the harness's`(fixture: TaskFixture) async throws {
    let expected = try #require(ExpectedFigures.load().tasks[fixture.rawValue]).figures
    let found = try await fixture.evaluation(options()).run(on: TaskFixture.model())
    #expect(found.isComplete && found.shortened == 0)
    #expect(found.metrics.count == fixture.task.metrics.count)
    for metric in found.metrics {
      // The harness writes "metric,filter".
      let parts = metric.name.split(separator: ",")
      let filter = parts.count > 1 ? parts[1] : "none"
      let value = try #require(expected["\(parts[0]),\(filter)"])
      let error = try #require(expected["\(parts[0])_stderr,\(filter)"])
      #expect(abs(metric.value - value) <= 1e-4 * max(value, 1))
      // The harness draws a perplexity's samples at random, which leaves some percent of six items' error.
      let tolerance = metric.name == "perplexity" ? 0.25 * error : 1e-9
      #expect(abs((metric.standardError ?? .nan) - error) <= tolerance)
    }
  }

  @Test(arguments: TaskFixture.allCases)
  func `results do not depend on how items share steps`(fixture: TaskFixture) async throws {
    let model = try await TaskFixture.model(threads: 2)
    let together = try await results(fixture.evaluation(options()), on: model)
    let inSmallSteps = try await results(
      fixture.evaluation(options(step: 7, answers: 1)),
      on: model
    )
    #expect(together == inSmallSteps)
    let whole = try fixture.evaluation(options(step: 512))
    for (index, item) in whole.items.enumerated() {
      let alone = Evaluation(
        whole.task,
        items: [item],
        examples: whole.examples,
        options: options(step: 512)
      )
      let found = try #require(try await results(alone, on: model).first)
      #expect(found.logLikelihoods == together[index].logLikelihoods)
      #expect(found.text == together[index].text)
    }
  }

  @Test(arguments: [TaskFixture.hellaswag, .arc, .lambada])
  func `examples that are read once give what they give before each question`(
    fixture: TaskFixture
  ) async throws {
    let model = try await TaskFixture.model()
    let items = try fixture.items()
    let (shown, asked) = (Array(items.prefix(2)), Array(items.dropFirst(2)))
    let header = shown.map { $0.solved + "\n\n" }.joined()
    let shared = try await results(
      Evaluation(fixture.task, items: asked, examples: shown, options: options()),
      on: model
    )
    let apart = try await results(
      Evaluation(
        fixture.task,
        items: asked.map { EvaluationItem(prompt: header + $0.prompt, answer: $0.answer) },
        options: options()
      ),
      on: model
    )
    #expect(shared.map(\.logLikelihoods) == apart.map(\.logLikelihoods))
  }

  @Test func `a context that does not fit loses its beginning, and the result says so`()
    async throws
  {
    let model = try await TaskFixture.model()
    var options = options()
    options.contextLength = 20
    let items = try TaskFixture.lambada.items()
    let found = try await Evaluation(Lambada.self, items: items, options: options).run(on: model)
    #expect(found.shortened == items.count)
    options.contextLength = 3
    let choices = try TaskFixture.choices.evaluation(options)
    await #expect(throws: EvaluationError.self) { try await choices.run(on: model) }
  }

  @Test func `an evaluation goes on from what a stopped one left`() async throws {
    let model = try await TaskFixture.model()
    let evaluation = try TaskFixture.choices.evaluation(options(step: 8))
    let whole = try await evaluation.run(on: model)
    try await TemporaryLog.with { path in
      let log = try ResultLog(path: path, identity: TemporaryLog.identity)
      let stop = Stop()
      let work = Task {
        try await evaluation.run(on: model, log: log) { answered, _ in
          if answered >= 3 { stop.cancel() }
        }
      }
      stop.set { work.cancel() }
      let stopped = try await work.value
      #expect(!stopped.isComplete && stopped.answered >= 3)
      // As if the run had been killed while it wrote a line.
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(#"{"item":7,"ha"#.utf8))
      try handle.close()
      let next = try ResultLog(path: path, identity: TemporaryLog.identity)
      #expect(next.results.count == stopped.answered)
      let counts = Collected<Int>()
      let resumed = try await evaluation.run(on: model, log: next) { answered, _ in
        counts.append(answered)
      }
      #expect(resumed == whole)
      #expect((counts.all.first ?? 0) > stopped.answered)
      #expect(try ResultLog(path: path, identity: TemporaryLog.identity).results.count == 8)
    }
  }

  @Test func `results of changed items are refused`() async throws {
    let model = try await TaskFixture.model()
    let evaluation = try TaskFixture.choices.evaluation(options())
    try await TemporaryLog.with { path in
      let log = try ResultLog(path: path, identity: TemporaryLog.identity)
      _ = try await evaluation.run(on: model, log: log)
      let other = Evaluation(
        MultipleChoice.self,
        items: Array(evaluation.items.reversed()),
        options: options()
      )
      let read = try ResultLog(path: path, identity: TemporaryLog.identity)
      await #expect(throws: EvaluationError.otherItem(item: 0)) {
        try await other.run(on: model, log: read)
      }
    }
  }
}

/// Cancels work from within, as soon as there is something to cancel.
private final class Stop: Sendable {
  private let begun = DispatchSemaphore(value: 0)
  private let actions = Collected<@Sendable () -> Void>()

  func set(_ action: @escaping @Sendable () -> Void) {
    actions.append(action)
    begun.signal()
  }

  func cancel() {
    begun.wait()
    for action in actions.all { action() }
    begun.signal()
  }
}
