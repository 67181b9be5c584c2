// Owns: the loop of steps: requests in, one step after another, requests out.
// Does not own: who is served (StepPlanner), pages (BatchCache), what callers see (BatchEngine).

import ChaskiLayers
import ChaskiModels
import ChaskiTensors

/// Steps a model for all requests of an engine, on a queue of its own.
actor BatchLoop {
  private let executor = ComputeExecutor(label: "chaski.batch")
  let model: LanguageModel
  private let contextLength: Int
  private let deliveryInterval: Duration
  private let inbox: BatchInbox
  let seat: ComputeTurns.Seat?
  var cache: BatchCache
  var planner: StepPlanner
  var pace: StepPace
  var size: BatchSize
  var jobs: [UInt64: BatchJob] = [:]
  var figures: BatchSnapshot
  /// Answers whose end is told once the figures know of it.
  private var endings: [() -> Void] = []

  /// Work runs on the loop's queue, never on the cooperative pool.
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  init(
    model: LanguageModel,
    options: BatchOptions,
    cache: CachePlan,
    inbox: BatchInbox,
    turns: ComputeTurns?
  ) {
    self.model = model
    seat = turns?.seat()
    self.inbox = inbox
    contextLength = cache.contextLength
    deliveryInterval = options.deliveryInterval
    self.cache = BatchCache(model: model, plan: cache, stepLength: 2 * options.prefillChunkLength)
    pace = StepPace(bound: options.readingTime, limit: options.prefillChunkLength)
    size = BatchSize(bound: options.stepTime, limit: options.maximumBatch)
    planner = StepPlanner(
      StepLimits(
        rows: size.rows,
        promptTokens: options.prefillChunkLength,
        promptTokensAlone: 2 * options.prefillChunkLength
      )
    )
    figures = inbox.snapshot()
  }

  /// Steps until nothing is left to do; other work of the queue comes between two steps.
  func run() async {
    while turn() { await Task.yield() }
  }

  /// Runs `body` between two steps.
  func perform<Result: Sendable>(
    _ body: @Sendable (_ model: LanguageModel) throws -> Result
  ) rethrows -> Result {
    let end = beginTurn()
    defer { end() }
    return try body(model)
  }

  /// Waits until it is this engine's turn to compute; what comes back ends the turn.
  nonisolated func beginTurn() -> () -> Void {
    guard let seat else { return {} }
    seat.begin()
    let start = ContinuousClock.now
    return { seat.end(seconds: (ContinuousClock.now - start) / .seconds(1)) }
  }

  /// Does one step; false if there is nothing to do.
  private func turn() -> Bool {
    guard let news = inbox.takeNews(isIdle: jobs.isEmpty) else {
      seat?.leave()
      return false
    }
    take(news)
    if jobs.isEmpty {
      seat?.leave()
    } else {
      for (team, count) in seat?.enter(for: planner.activeWeights) ?? [:] {
        planner.setEngineCount(of: team, to: count)
      }
      var plan = planner.beginStep(promptTokens: pace.promptTokens)
      makeRoomForRows(of: &plan)
      addReaders(to: &plan)
      planner.endStep(plan)
      if !plan.isEmpty {
        compute(plan)
      } else {
        seat?.leave()
        // If some are left, those who had to leave made room for their next step.
        if planner.residentCount == 0 { failOldest() }
      }
    }
    publish()
    for ending in endings { ending() }
    endings.removeAll(keepingCapacity: true)
    return true
  }

  private func take(_ news: BatchInbox.News) {
    for submission in news.submissions {
      jobs[submission.id] = BatchJob(
        submission,
        contextLength: contextLength,
        deliveryInterval: deliveryInterval
      )
      planner.add(submission.id, for: submission.party)
    }
    let ended = news.cancelsAll ? Array(jobs.keys) : news.cancellations
    for id in ended { if let job = jobs[id] { end(job, .cancelled) } }
  }

  /// Ends the answer of `job`; its text stays in the cache.
  func end(_ job: BatchJob, _ reason: FinishReason) {
    remove(job)
    figures.evictions += cache.keep(job)
    endings.append { job.finish(reason) }
  }

  /// Gives `job` up.
  func fail(_ job: BatchJob, _ error: any Error) {
    remove(job)
    cache.leave(job)
    endings.append { job.fail(error) }
  }

  private func remove(_ job: BatchJob) {
    planner.remove(job.id)
    jobs[job.id] = nil
  }

  /// Nothing fits though nothing runs: it never will.
  private func failOldest() {
    guard let id = jobs.keys.min(), let job = jobs[id] else { return }
    fail(job, CacheError.full(positionCapacity: contextLength))
  }

  private func publish() {
    figures.running = planner.residentCount
    figures.waiting = planner.waitingCount
    figures.pagesUsed = cache.pages.usedPageCount
    figures.finishedTexts = cache.finishedCount
    for (team, queue) in planner.teams {
      figures.teams[team] = BatchSnapshot.Team(
        tokens: queue.tokenCount,
        virtualTime: planner.times.time(of: team),
        waiting: queue.waiting.count,
        running: queue.residentCount
      )
    }
    inbox.publish(figures)
  }
}
