// Owns: Ctrl-C while the program works.
// Not here: Ctrl-C while a line is edited, which the line editor sees as a key; the policy.

import Foundation
import Synchronization

/// Lets Ctrl-C stop the current work, and a second Ctrl-C within two seconds end the program.
///
/// Without work Ctrl-C ends the program at once, with status 130. One monitor lives as long as
/// the program; while it lives SIGINT does not have its default action.
package final class InterruptMonitor: Sendable {
  /// The status of a program that Ctrl-C has ended: 128 and the number of SIGINT.
  package static let exitStatus: Int32 = 130

  private struct State {
    var policy = InterruptPolicy()
    var cancel: (@Sendable () -> Void)?
    var expectsWork: Bool
    /// Whether work was interrupted before it had begun.
    var isLate = false
  }

  private let state: Mutex<State>
  private let end: @Sendable (Int32) -> Void
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let watch: Mutex<SignalWatch?>

  /// Starts watching.
  ///
  /// With `expectsWork` an interrupt before the first work stops that work as soon as it begins.
  ///
  /// `end` is called, on another thread, to end the program with a status; it
  /// should give the terminal back first.
  package init(
    expectsWork: Bool = false,
    end: @escaping @Sendable (Int32) -> Void = { exit($0) }
  ) {
    state = Mutex(State(expectsWork: expectsWork))
    self.end = end
    start = clock.now
    watch = Mutex(nil)
    let watching = SignalWatch([SIGINT]) { [weak self] _ in self?.interrupt() }
    watch.withLock { $0 = watching }
  }

  /// Runs `work`; an interrupt meanwhile calls `cancel`, on another thread.
  ///
  /// `cancel` must only ask the work to stop. Work inside work replaces the outer `cancel` until
  /// it ends.
  package func run<Result>(
    cancel: @escaping @Sendable () -> Void,
    _ work: () async throws -> Result
  ) async rethrows -> Result {
    let outer = begin(cancel)
    defer { finish(outer) }
    return try await work()
  }

  /// Runs `work` as `run(cancel:_:)` does, for work that does not suspend.
  package func run<Result>(
    cancel: @escaping @Sendable () -> Void,
    _ work: () throws -> Result
  ) rethrows -> Result {
    let outer = begin(cancel)
    defer { finish(outer) }
    return try work()
  }

  // Not inlined: Mutex reads its thread's number from thread-local storage. Inlined into an async
  // function, swiftc 6.3.1 on x86-64 Linux takes that address before it changes to the function's
  // executor and uses it after, on another thread, whose unlocking then traps.
  @inline(never)
  private func begin(_ cancel: @escaping @Sendable () -> Void) -> (@Sendable () -> Void)? {
    let (outer, isLate) = state.withLock { state in
      let before = (state.cancel, state.isLate)
      state.cancel = cancel
      (state.expectsWork, state.isLate) = (false, false)
      return before
    }
    if isLate { cancel() }
    return outer
  }

  @inline(never)
  private func finish(_ outer: (@Sendable () -> Void)?) {
    state.withLock { state in
      state.cancel = outer
      state.policy.workEnded()
    }
  }

  private func interrupt() {
    let (action, cancel) = state.withLock { state in
      let isWorking = state.cancel != nil || state.expectsWork
      let action = state.policy.interrupt(at: clock.now - start, isWorking: isWorking)
      state.isLate = action == .cancelWork && state.cancel == nil
      return (action, state.cancel)
    }
    // Outside the lock, because either may come back to us.
    switch action {
    case .cancelWork: cancel?()
    case .endProgram: end(InterruptMonitor.exitStatus)
    }
  }
}
