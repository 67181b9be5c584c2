// Owns: the answers to one request as its route takes them. Not here: how they come (AnswerProgress).

package import ChaskiGeneration
package import Logging

/// What happens in one of a request's answers.
package struct ChoiceEvent: Sendable {
  /// The answer's index.
  package let choice: Int
  /// What happened.
  package let event: GenerationEvent
}

/// The events of all answers to one request, for one task to take.
///
/// What was spent is recorded however the request ends. Whoever drops the feed stops the work.
package final class AnswerFeed: Sendable {
  private let progress: AnswerProgress

  /// Starts the answers of `plan` for `caller`.
  package init(
    _ plan: AnswerPlan,
    for caller: Caller,
    usage: RequestUsage,
    permit: (any Permit)?,
    logger: Logger
  ) {
    progress = AnswerProgress(
      plan,
      for: caller.party,
      usage: usage,
      permit: permit,
      logger: logger
    )
    progress.askForMore()
  }

  deinit { progress.cancel() }

  /// All events since the last call, at least one; nil once all answers have ended and the end is recorded.
  ///
  /// Who is slow gets many at once, and so never falls behind for long.
  ///
  /// - Throws: What ended the answers before their time.
  package func next() async throws -> [ChoiceEvent]? {
    while true {
      switch progress.take() {
      case .events(let events): return events
      case .end(let failure):
        if let failure { throw failure }
        return nil
      case .nothing: break
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { progress.wait($0) }
      } onCancel: {
        progress.cancel()
      }
    }
  }

  /// Stops all answers within one step of the model.
  package func cancel() { progress.cancel() }
}
