// Owns: what callers on any thread want of the engine's loop, and what it tells them.
// Does not own: doing it (BatchLoop).

import Synchronization

/// Where callers leave requests and cancellations, and the loop its figures.
///
/// Functions are not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address
/// of the thread's own number across an await, and unlocking on the next thread traps.
final class BatchInbox: Sendable {
  /// What the loop is to do before its next step.
  struct News: Sendable {
    var submissions: [BatchSubmission] = []
    var cancellations: [UInt64] = []
    var cancelsAll = false

    var isEmpty: Bool { submissions.isEmpty && cancellations.isEmpty && !cancelsAll }
  }

  private struct State {
    var news = News()
    var lastID: UInt64 = 0
    /// Whether the loop runs, or is about to.
    var isRunning = false
    var isDraining = false
    var snapshot: BatchSnapshot
    var idleWaiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>
  private let queueLimit: Int

  init(queueLimit: Int, snapshot: BatchSnapshot) {
    self.queueLimit = queueLimit
    state = Mutex(State(snapshot: snapshot))
  }

  // MARK: For callers

  /// A number that no other request has.
  @inline(never)
  func takeID() -> UInt64 {
    state.withLock {
      $0.lastID += 1
      return $0.lastID
    }
  }

  /// Takes a request.
  ///
  /// - Returns: Whether the loop must be started.
  /// - Throws: `GenerationError.draining`, `queueFull`.
  @inline(never)
  func submit(_ submission: BatchSubmission) throws(GenerationError) -> Bool {
    try state.withLock { state throws(GenerationError) in
      guard !state.isDraining else { throw .draining }
      guard state.snapshot.waiting + state.news.submissions.count < queueLimit else {
        throw .queueFull(limit: queueLimit)
      }
      state.news.submissions.append(submission)
      defer { state.isRunning = true }
      return !state.isRunning
    }
  }

  /// Ends request `id`, wherever it is; of a loop that rests nothing is left to end.
  @inline(never)
  func cancel(_ id: UInt64) {
    state.withLock { if $0.isRunning { $0.news.cancellations.append(id) } }
  }

  /// Ends all requests.
  @inline(never)
  func cancelAll() {
    state.withLock { if $0.isRunning { $0.news.cancelsAll = true } }
  }

  /// From now on nothing is taken.
  @inline(never)
  func drain() {
    state.withLock { $0.isDraining = true }
  }

  /// Returns when the loop rests.
  func waitUntilIdle() async {
    await withCheckedContinuation { waiter in
      if addWaiter(waiter) { waiter.resume() }
    }
  }

  @inline(never)
  private func addWaiter(_ waiter: CheckedContinuation<Void, Never>) -> Bool {
    state.withLock { state in
      if state.isRunning { state.idleWaiters.append(waiter) }
      return !state.isRunning
    }
  }

  /// The figures of the last step.
  @inline(never)
  func snapshot() -> BatchSnapshot {
    state.withLock { $0.snapshot }
  }

  // MARK: For the loop

  /// What is new, or nil if there is nothing and `isIdle`: then the loop rests until it is started again.
  @inline(never)
  func takeNews(isIdle: Bool) -> News? {
    let (news, waiters) = state.withLock { state -> (News?, [CheckedContinuation<Void, Never>]) in
      if isIdle, state.news.submissions.isEmpty {
        state.news = News()
        state.isRunning = false
        defer { state.idleWaiters = [] }
        return (nil, state.idleWaiters)
      }
      defer { state.news = News() }
      return (state.news, [])
    }
    for waiter in waiters { waiter.resume() }
    return news
  }

  /// Publishes the figures after a step.
  @inline(never)
  func publish(_ snapshot: BatchSnapshot) {
    state.withLock { $0.snapshot = snapshot }
  }
}
