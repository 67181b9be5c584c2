// Owns: whether a client is still there, and telling work that it is not.

import Synchronization

/// Whether the client of a connection is still there.
package final class ConnectionPresence: Sendable {
  private struct State {
    var isGone = false
    var lastNumber = 0
    var actions: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  /// A client that is there.
  package init() {}

  // The functions below are not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps
  // the address of the thread's own number across an await, and unlocking on the next thread traps.

  /// Notes that the client has gone, and runs what waits for that.
  @inline(never)
  package func leave() {
    let actions = state.withLock { state in
      defer { state.actions = [:] }
      state.isGone = true
      return Array(state.actions.values)
    }
    for action in actions { action() }
  }

  /// Runs `action` when the client goes, at once if it has gone; `forget` with the number undoes it.
  @inline(never)
  package func whenGone(_ action: @escaping @Sendable () -> Void) -> Int {
    let number = state.withLock { state -> Int? in
      if state.isGone { return nil }
      state.lastNumber += 1
      state.actions[state.lastNumber] = action
      return state.lastNumber
    }
    if number == nil { action() }
    return number ?? 0
  }

  /// Forgets what should have run when the client goes.
  @inline(never)
  package func forget(_ number: Int) {
    state.withLock { $0.actions[number] = nil }
  }
}
