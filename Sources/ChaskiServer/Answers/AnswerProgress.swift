// Owns: the answers to one request while the engine makes them: what came, what it cost, one end, one record.

import ChaskiGeneration
import Logging
import Synchronization

/// Where the engine's threads put what happens to the answers of one request.
///
/// No task stands between the engine and whoever takes the events: each hand-over would cost a token a switch
/// of threads, which is felt when a hundred streams share two processors.
///
/// Functions are not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address
/// of the thread's own number across an await, and unlocking on the next thread traps.
final class AnswerProgress: Sendable {
  /// What there is to take.
  enum News {
    case nothing
    case events([ChoiceEvent])
    case end((any Error)?)
  }

  private struct State {
    var pending: [ChoiceEvent] = []
    var reader: CheckedContinuation<Void, Never>?
    var tickets: [Int: any TextTicket] = [:]
    /// The answers that were asked for and have not ended.
    var open: Set<Int> = []
    /// The next answer to ask for.
    var nextChoice = 0
    /// Whether a thread asks for answers at present; others leave it to that one.
    var isAsking = false
    /// Tokens of each answer so far.
    var tokenCounts: [Int]
    var usage: RequestUsage
    var failure: (any Error)?
    var hasSign = false
    var isCancelled = false
    var isEnding = false
    var isRecorded = false

    /// Whether no more answers are wanted.
    var isStopped: Bool { isCancelled || failure != nil }
  }

  private let state: Mutex<State>
  private let plan: AnswerPlan
  private let party: Party
  /// Whether an answer is the first to its prompt.
  private let isFirst: [Bool]
  private let permit: (any Permit)?
  private let logger: Logger
  private let begin = ContinuousClock.now

  init(
    _ plan: AnswerPlan,
    for party: Party,
    usage: RequestUsage,
    permit: (any Permit)?,
    logger: Logger
  ) {
    self.plan = plan
    self.party = party
    var lastPrompt = -1
    isFirst = plan.choices.map { choice in
      defer { lastPrompt = choice.promptIndex }
      return choice.promptIndex != lastPrompt
    }
    self.permit = permit
    self.logger = logger
    state = Mutex(State(tokenCounts: plan.choices.map { _ in 0 }, usage: usage))
  }

  /// Asks the engine for as many answers as may be worked on now.
  func askForMore() {
    while let choice = takeChoice() {
      let request = plan.choices[choice].request
      let ticket = plan.model.engine.answer(request, for: party) { [self] news in
        take(news, of: choice)
      }
      if !keep(ticket, choice) { ticket.cancel() }
    }
    endIfOver()
  }

  /// The next answer to ask for, if there is one, this is its time and no other thread asks.
  @inline(never)
  private func takeChoice() -> Int? {
    state.withLock { state in
      guard !state.isStopped, state.nextChoice < plan.choices.count,
        state.open.count < plan.concurrentCount
      else {
        state.isAsking = false
        return nil
      }
      state.isAsking = true
      defer { state.nextChoice += 1 }
      state.open.insert(state.nextChoice)
      return state.nextChoice
    }
  }

  /// Keeps the ticket of an answer that runs; false if it should not.
  @inline(never)
  private func keep(_ ticket: any TextTicket, _ choice: Int) -> Bool {
    state.withLock { state in
      guard !state.isStopped else { return false }
      if state.open.contains(choice) { state.tickets[choice] = ticket }
      return true
    }
  }

  /// Records the end once nothing runs and nothing more is to be asked for.
  @inline(never)
  private func endIfOver() {
    let isOver = state.withLock { state in
      guard state.open.isEmpty, !state.isAsking, !state.isEnding,
        state.isStopped || state.nextChoice == plan.choices.count
      else { return false }
      state.isEnding = true
      return true
    }
    if isOver { Task { await record() } }
  }

  // MARK: For the engine

  @inline(never)
  private func take(_ news: Result<[GenerationEvent], any Error>, of choice: Int) {
    let (reader, tickets, asks) = state.withLock { state in
      switch news {
      case .success(let events):
        for event in events { note(event, of: choice, in: &state) }
      case .failure(let error):
        end(choice, statistics(of: choice, in: state), error, in: &state)
      }
      let tickets = state.failure == nil ? [] : Array(state.tickets.values)
      if state.failure != nil { state.tickets = [:] }
      defer { if !state.pending.isEmpty { state.reader = nil } }
      let asks = !state.open.contains(choice) && !state.isAsking
      return (state.pending.isEmpty ? nil : state.reader, tickets, asks)
    }
    reader?.resume()
    for ticket in tickets { ticket.cancel() }
    if asks { askForMore() }
  }

  private func note(_ event: GenerationEvent, of choice: Int, in state: inout State) {
    switch event {
    case .prompt:
      // Nobody is told how far a prompt is read, only that the engine has begun.
      if state.hasSign { return }
    case .token: state.tokenCounts[choice] += 1
    case .finished(let result):
      // An answer that nobody here cancelled was cut because the engine comes to its end.
      let isCut = result.finishReason == .cancelled
      let error: any Error = state.isCancelled ? CancellationError() : GenerationError.draining
      end(choice, result.statistics, isCut ? error : nil, in: &state)
    case .begun, .promptLogprobs, .embedding, .text: break
    }
    state.hasSign = true
    state.pending.append(ChoiceEvent(choice: choice, event: event))
  }

  /// What is known of an answer that comes to no end.
  private func statistics(of choice: Int, in state: State) -> GenerationStatistics {
    var statistics = GenerationStatistics()
    statistics.promptTokenCount = plan.choices[choice].request.prompt.count
    statistics.generatedTokenCount = state.tokenCounts[choice]
    return statistics
  }

  private func end(
    _ choice: Int,
    _ statistics: GenerationStatistics,
    _ error: (any Error)?,
    in state: inout State
  ) {
    state.tickets[choice] = nil
    state.open.remove(choice)
    state.usage.add(statistics, isFirst: isFirst[choice])
    state.failure = state.failure ?? error
  }

  /// Records the end, once.
  private func record() async {
    let usage = closedUsage()
    await permit?.finish(usage)
    logger.info("generated", metadata: usage.metadata)
    noteRecorded()?.resume()
  }

  @inline(never)
  private func closedUsage() -> RequestUsage {
    state.withLock { state in
      if state.failure == nil, state.nextChoice < plan.choices.count {
        state.failure = CancellationError()
      }
      if let failure = state.failure {
        let isStopped =
          failure is CancellationError || failure as? GenerationError == .draining
        state.usage.outcome = isStopped ? .cancelled : .failed
      }
      state.usage.duration = ContinuousClock.now - begin
      return state.usage
    }
  }

  @inline(never)
  private func noteRecorded() -> CheckedContinuation<Void, Never>? {
    state.withLock { state in
      defer { state.reader = nil }
      state.isRecorded = true
      return state.reader
    }
  }

  // MARK: For the reader

  /// What has come since the last call.
  @inline(never)
  func take() -> News {
    state.withLock { state in
      guard state.pending.isEmpty else {
        defer { state.pending.removeAll(keepingCapacity: true) }
        return .events(state.pending)
      }
      return state.isRecorded ? .end(state.failure) : .nothing
    }
  }

  /// Resumes `reader` once there is something to take.
  @inline(never)
  func wait(_ reader: CheckedContinuation<Void, Never>) {
    let waits = state.withLock { state in
      guard state.pending.isEmpty, !state.isRecorded else { return false }
      state.reader = reader
      return true
    }
    if !waits { reader.resume() }
  }

  /// Stops all answers within one step of the model.
  @inline(never)
  func cancel() {
    let tickets = state.withLock { state in
      defer { state.tickets = [:] }
      if !state.isEnding { state.isCancelled = true }
      return Array(state.tickets.values)
    }
    for ticket in tickets { ticket.cancel() }
    endIfOver()
  }
}
