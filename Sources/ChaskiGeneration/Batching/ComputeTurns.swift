// Owns: whose turn it is among engines that compute on the same processors.
// Does not own: what they compute, or who within an engine is served (StepPlanner).

import Dispatch
import Synchronization

/// Turns of engines that share a machine: one computes a step at a time, in the order in which they asked.
///
/// Every engine's threads are as many as the processors and spin while they wait for each other; two sets of them at once
/// would take each other's processors away in the middle of an operation. With turns each engine gets every second step
/// while two have work, and all of them while it is alone. What is computed does not depend on it.
///
/// `begin` blocks its thread: it is called on an engine's own queue, never on the cooperative pool.
package final class ComputeTurns: Sendable {
  private struct State {
    var isTaken = false
    var waiting: [DispatchSemaphore] = []
  }

  private let state = Mutex(State())

  /// Turns that nobody has.
  package init() {}

  /// Waits until it is the caller's turn.
  @inline(never)
  package func begin() {
    let semaphore = state.withLock { state -> DispatchSemaphore? in
      guard state.isTaken else {
        state.isTaken = true
        return nil
      }
      let semaphore = DispatchSemaphore(value: 0)
      state.waiting.append(semaphore)
      return semaphore
    }
    semaphore?.wait()
  }

  /// Ends the caller's turn and begins that of whoever waits longest.
  @inline(never)
  package func end() {
    let next = state.withLock { state -> DispatchSemaphore? in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.isTaken = false
      return nil
    }
    next?.signal()
  }
}
