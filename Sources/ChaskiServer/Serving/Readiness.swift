// Owns: whether the server takes work.

import Synchronization

/// Whether a server takes work; shared by its routes and its end.
package final class Readiness: Sendable {
  /// What a server does.
  package enum Phase: Sendable {
    /// It takes requests.
    case ready
    /// It still takes requests, but asks to be sent no more.
    case leaving
    /// It takes nothing new.
    case draining
  }

  private let state = Mutex(Phase.ready)

  /// A server that is ready.
  package init() {}

  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.

  /// What the server does.
  package var phase: Phase {
    @inline(never)
    get { state.withLock { $0 } }
  }

  /// Notes what the server does from now on.
  @inline(never)
  package func enter(_ phase: Phase) {
    state.withLock { $0 = phase }
  }
}
