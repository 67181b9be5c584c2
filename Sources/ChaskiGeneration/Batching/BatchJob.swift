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
  private let sink: GenerationSink
  private let deliveryInterval: Duration
  /// What happened and was not delivered yet.
  private var held: [GenerationEvent] = []
  private var deliveredAt: ContinuousClock.Instant?
  /// Whether someone waits for the first sign of what happened.
  private var isUrgent = false
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
  /// How much of the text had been in the cache before it had to leave, ever.
  private var knownCount = 0
  /// The finished text that it went on from, all of it.
  var parent: UInt64?
  private var isStarted = false
  private var promptLogprobs: [TokenLogprobs?]?
  private var states: PooledStates?

  /// Why the answer ends, once it does.
  private(set) var finishReason: FinishReason?
  /// What went wrong with this request alone.
  private(set) var failure: (any Error)?

  init(_ submission: BatchSubmission, contextLength: Int, deliveryInterval: Duration) {
    id = submission.id
    party = submission.party
    request = submission.request
    sink = submission.deliver
    submittedAt = submission.time
    answer = submission.answer
    self.contextLength = contextLength
    self.deliveryInterval = deliveryInterval
    text = submission.request.prompt
    promptLength = text.count
    answer.statistics.promptTokenCount = text.count
  }

  /// How many tokens are not in the cache yet.
  var outstandingCount: Int { text.count - (timeline?.count ?? 0) }

  /// How much of the text may come from the cache: logits and hidden states are not kept there.
  var keepLimit: Int {
    switch request.pooling {
    case .mean, .first: 0
    case .last, nil: wantsPromptLogprobs ? 0 : text.count - 1
    }
  }

  /// Whether all logits of the prompt are still wanted.
  var wantsPromptLogprobs: Bool { request.promptLogprobs != nil && !hasPromptLogprobs }
  private var hasPromptLogprobs = false

  /// Whether a token is chosen once all of the text is in the cache.
  var choosesToken: Bool { request.maximumTokens != 0 && request.pooling == nil }

  /// The request comes into the cache with `timeline`, whose tokens need no step, as others have no more of it
  /// than `divergence` says.
  ///
  /// - Returns: How many tokens are to be computed again.
  func begin(_ timeline: Timeline, divergence: CacheDivergence?) -> Int {
    self.timeline = timeline
    promptLogprobs = wantsPromptLogprobs ? [nil] : nil
    states = request.pooling.map { PooledStates($0) }
    if !isStarted {
      isStarted = true
      clock = AnswerClock()
      answer.statistics.queueDuration = .now - submittedAt
      answer.statistics.cachedTokenCount = timeline.count
      answer.statistics.cacheDivergence = divergence
      held.append(.begun(cachedTokenCount: timeline.count, divergence: divergence))
    }
    let wasted = max(0, lostCount - timeline.count)
    knownCount = max(knownCount, lostCount)
    lostCount = 0
    answer.statistics.wastedTokenCount += wasted
    return wasted
  }

  /// The request leaves the cache; its text stays.
  func leave() {
    lostCount = max(lostCount, timeline?.count ?? 0)
    timeline = nil
    parent = nil
    deliver()
  }

  /// Notes that `count` tokens of the text have been read.
  func noteRead(upTo count: Int) {
    guard text.count == request.prompt.count else { return }
    held.append(.prompt(doneCount: count, totalCount: request.prompt.count))
  }

  /// Notes that a step appended `tokens`, and the job's part of the step's time.
  ///
  /// - Returns: How much of that time went into tokens that had been in the cache.
  func noteStep(_ tokens: [Int32], seconds: Double) -> Double {
    let position = timeline?.count ?? 0
    timeline?.noteStep(tokens)
    let again = max(0, min(knownCount, position + tokens.count) - position)
    let wasted = seconds * Double(again) / Double(max(tokens.count, 1))
    paidCount = max(paidCount, timeline?.count ?? 0)
    answer.statistics.computeSeconds += seconds
    answer.statistics.wastedSeconds += wasted
    return wasted
  }

  // MARK: Telling the caller

  /// Delivers what has happened, unless it can wait for the end of one more step, which should take `step`.
  ///
  /// A write for every token of every stream would take a tenth of a small machine.
  func tell(expecting step: Duration) {
    guard !held.isEmpty else { return }
    if !isUrgent, let deliveredAt, .now + step < deliveredAt + deliveryInterval { return }
    deliver()
  }

  private func deliver() {
    guard !held.isEmpty else { return }
    sink(.success(held))
    held.removeAll(keepingCapacity: true)
    deliveredAt = .now
    isUrgent = false
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
        held.append(.promptLogprobs(found))
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
        try answer.choose(&logits, distribution: distribution) { held.append($0) }
      }
      text.append(token)
      clock.noteToken(&answer.statistics)
      if text.count == request.prompt.count + 1 {
        answer.statistics.timeToFirstToken = .now - submittedAt
        isUrgent = true
      }
      finishReason = answer.finishReason(after: token)
      if finishReason == nil, text.count > contextLength { finishReason = .context }
    } catch {
      failure = error
    }
  }

  /// Adds the hidden states that are wanted of a step; with the last of them the vector is told.
  func pool(_ output: Tensor?, rows: Range<Int>, isComplete: Bool) {
    if let output { states?.add(output, rows: rows) }
    guard isComplete, let states else { return }
    do {
      held.append(.embedding(try states.vector()))
      clock.noteToken(&answer.statistics)
      answer.statistics.timeToFirstToken = .now - submittedAt
    } catch {
      failure = error
    }
  }

  /// Ends an answer that wants no token.
  func chooseNothing() {
    if failure == nil { finishReason = request.pooling == nil ? .length : .stop }
  }

  // MARK: The end

  /// Tells the caller that the answer has ended.
  func finish(_ reason: FinishReason) {
    let result = answer.finish(reason) { held.append($0) }
    held.append(.finished(result))
    deliver()
  }

  /// Tells the caller what went wrong.
  func fail(_ error: any Error) {
    deliver()
    sink(.failure(error))
  }
}
