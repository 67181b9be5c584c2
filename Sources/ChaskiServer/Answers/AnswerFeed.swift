// Owns: the answers to one request while the engine makes them: one stream, one end, one record.

package import ChaskiGeneration
package import Logging

/// What happens in one of a request's answers.
package struct ChoiceEvent: Sendable {
  /// The answer's index.
  package let choice: Int
  /// What happened.
  package let event: GenerationEvent
}

/// The events of all answers to one request.
///
/// A task of its own follows the engine, so that what was spent is recorded however the request ends. Whoever
/// drops the stream stops the work.
package struct AnswerFeed: Sendable {
  /// The events, as they come; ends when all answers have ended.
  package let events: AsyncThrowingStream<ChoiceEvent, any Error>
  private let task: Task<Void, Never>

  /// Starts the answers of `plan` for `caller`.
  package init(
    _ plan: AnswerPlan,
    for caller: Caller,
    usage: RequestUsage,
    permit: (any Permit)?,
    logger: Logger
  ) {
    let (events, continuation) = AsyncThrowingStream<ChoiceEvent, any Error>.makeStream()
    self.events = events
    let task = Task {
      let start = ContinuousClock.now
      var usage = usage
      var failure: (any Error)?
      do {
        try await Self.follow(plan, for: caller, usage: &usage) { continuation.yield($0) }
      } catch {
        failure = error
        let isStopped =
          error is CancellationError || error as? GenerationError == .draining
        usage.outcome = isStopped ? .cancelled : .failed
      }
      usage.duration = ContinuousClock.now - start
      await permit?.finish(usage)
      logger.info("generated", metadata: usage.metadata)
      continuation.finish(throwing: failure)
    }
    self.task = task
    continuation.onTermination = { _ in task.cancel() }
  }

  /// Stops all answers within one step of the model.
  package func cancel() { task.cancel() }

  /// Waits until the end has been recorded.
  package func recorded() async { await task.value }

  private static func follow(
    _ plan: AnswerPlan,
    for caller: Caller,
    usage: inout RequestUsage,
    report: @escaping @Sendable (ChoiceEvent) -> Void
  ) async throws {
    var failure: (any Error)?
    await withTaskGroup(of: Outcome.self) { group in
      for (index, choice) in plan.choices.enumerated() {
        let answer = plan.model.engine.answer(choice.request, for: caller.party)
        group.addTask { await follow(answer, choice.request, index, report) }
      }
      for await outcome in group {
        let place = plan.choices[outcome.choice].promptIndex
        let isFirst = outcome.choice == plan.choices.firstIndex { $0.promptIndex == place }
        usage.add(outcome.statistics, isFirst: isFirst)
        if let error = outcome.error {
          failure = failure ?? error
          group.cancelAll()
        }
      }
    }
    if let failure { throw failure }
  }

  /// How one answer ended.
  private struct Outcome: Sendable {
    let choice: Int
    var statistics: GenerationStatistics
    var error: (any Error)?
  }

  private static func follow(
    _ answer: some TextAnswer,
    _ request: GenerationRequest,
    _ choice: Int,
    _ report: @Sendable (ChoiceEvent) -> Void
  ) async -> Outcome {
    var statistics = GenerationStatistics()
    statistics.promptTokenCount = request.prompt.count
    var outcome = Outcome(choice: choice, statistics: statistics)
    do {
      try await withTaskCancellationHandler {
        for try await event in answer {
          switch event {
          case .token: outcome.statistics.generatedTokenCount += 1
          case .finished(let result):
            outcome.statistics = result.statistics
            // Nobody here asked for that: the engine comes to its end.
            if result.finishReason == .cancelled { outcome.error = GenerationError.draining }
          default: break
          }
          report(ChoiceEvent(choice: choice, event: event))
        }
      } onCancel: {
        answer.cancel()
      }
      if Task.isCancelled { outcome.error = CancellationError() }
    } catch {
      outcome.error = error
    }
    return outcome
  }
}
