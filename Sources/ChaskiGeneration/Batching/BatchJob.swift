// Owns: one request at work: its text so far, its place in the cache, its answer and figures.
// Does not own: when it is stepped (StepPlanner), the pages it may take (BatchLoop).

import ChaskiSampling
import ChaskiTensors

/// A request of the engine's loop.
///
/// Used by the loop alone, and by one worker at a time while a step's tokens are chosen.
final class BatchJob {
  let id: UInt64
  let party: Party
  let request: GenerationRequest
  private let events: AsyncThrowingStream<GenerationEvent, any Error>.Continuation
  private let submittedAt: ContinuousClock.Instant
  private let contextLength: Int
  private(set) var answer: Answer
  private var clock = AnswerClock()

  /// The prompt and the chosen tokens.
  private(set) var text: [Int32]
  /// What of the text is in the cache; nil while the request waits.
  var timeline: Timeline?
  /// How many tokens count as given at once, which angles may depend on; it outlives the timeline.
  var promptLength: Int
  /// How much of the text has been paid for by its team.
  var paidCount = 0
  /// How much of the text was in the cache when it had to leave.
  private var lostCount = 0
  /// The finished text that it went on from, all of it.
  var parent: UInt64?
  private var isStarted = false
  private var promptLogprobs: [TokenLogprobs?]?

  /// Why the answer ends, once it does.
  private(set) var finishReason: FinishReason?
  /// What went wrong with this request alone.
  private(set) var failure: (any Error)?

  init(_ submission: BatchSubmission, contextLength: Int) {
    id = submission.id
    party = submission.party
    request = submission.request
    events = submission.events
    submittedAt = submission.time
    answer = submission.answer
    self.contextLength = contextLength
    text = submission.request.prompt
    promptLength = text.count
    answer.statistics.promptTokenCount = text.count
  }

  /// How many tokens are not in the cache yet.
  var outstandingCount: Int { text.count - (timeline?.count ?? 0) }

  /// How much of the text may come from the cache: logits are not kept there.
  var keepLimit: Int { wantsPromptLogprobs ? 0 : text.count - 1 }

  /// Whether all logits of the prompt are still wanted.
  var wantsPromptLogprobs: Bool { request.promptLogprobs != nil && !hasPromptLogprobs }
  private var hasPromptLogprobs = false

  /// Whether a token is chosen once all of the text is in the cache.
  var choosesToken: Bool { request.maximumTokens != 0 }

  /// The request comes into the cache with `timeline`, whose tokens need no step.
  ///
  /// - Returns: How many tokens are to be computed again.
  func begin(_ timeline: Timeline) -> Int {
    self.timeline = timeline
    promptLogprobs = wantsPromptLogprobs ? [nil] : nil
    if !isStarted {
      isStarted = true
      clock = AnswerClock()
      answer.statistics.queueDuration = .now - submittedAt
      answer.statistics.cachedTokenCount = timeline.count
    }
    let wasted = max(0, lostCount - timeline.count)
    lostCount = 0
    answer.statistics.wastedTokenCount += wasted
    return wasted
  }

  /// The request leaves the cache; its text stays.
  func leave() {
    lostCount = max(lostCount, timeline?.count ?? 0)
    timeline = nil
    parent = nil
  }

  /// Notes that `count` tokens of the text have been read.
  func noteRead(upTo count: Int) {
    guard text.count == request.prompt.count else { return }
    events.yield(.prompt(doneCount: count, totalCount: request.prompt.count))
  }

  /// Notes that a step appended `tokens`, and the job's part of the step's time.
  func noteStep(_ tokens: [Int32], seconds: Double) {
    timeline?.noteStep(tokens)
    paidCount = max(paidCount, timeline?.count ?? 0)
    answer.statistics.computeSeconds += seconds
  }

  // MARK: On a worker, after a step

  /// Reads what was asked for off the rows of the prompt from `row` on, the first of which follows
  /// the token at `position`.
  func readPrompt(
    _ output: Tensor,
    rows: Range<Int>,
    position: Int,
    _ distributions: [RowDistribution]
  ) {
    guard let count = request.promptLogprobs, var found = promptLogprobs else { return }
    do {
      for row in rows {
        let next = position + row - rows.lowerBound + 1
        guard next < request.prompt.count else { break }
        found.append(
          try output.withRow(row) { logits in
            try TokenLogprobs(request.prompt[next], top: count, in: logits.span, distributions[row])
          }
        )
      }
      promptLogprobs = found
      if found.count == request.prompt.count {
        hasPromptLogprobs = true
        promptLogprobs = nil
        events.yield(.promptLogprobs(found))
      }
    } catch {
      failure = error
    }
  }

  /// Chooses the next token from a row, or ends an answer that wants none.
  func choose(_ output: Tensor, row: Int, _ distribution: RowDistribution?) {
    guard failure == nil else { return }
    do {
      let token = try output.withRow(row) { logits in
        try answer.choose(&logits, distribution: distribution) { events.yield($0) }
      }
      text.append(token)
      clock.noteToken(&answer.statistics)
      if text.count == request.prompt.count + 1 {
        answer.statistics.timeToFirstToken = .now - submittedAt
      }
      finishReason = answer.finishReason(after: token)
      if finishReason == nil, text.count > contextLength { finishReason = .context }
    } catch {
      failure = error
    }
  }

  /// Ends an answer that wants no token.
  func chooseNothing() {
    if failure == nil { finishReason = .length }
  }

  // MARK: The end

  /// Tells the caller that the answer has ended.
  func finish(_ reason: FinishReason) {
    let result = answer.finish(reason) { events.yield($0) }
    events.yield(.finished(result))
    events.finish()
  }

  /// Tells the caller what went wrong.
  func fail(_ error: any Error) {
    events.finish(throwing: error)
  }
}
