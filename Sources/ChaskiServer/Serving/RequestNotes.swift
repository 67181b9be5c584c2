// Owns: what the last line of the log tells of a request beside its status.

import Synchronization

/// What is learnt of a request on its way through the routes; all copies of its context share it.
final class RequestNotes: Sendable {
  private let name = Mutex<String?>(nil)

  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.

  /// The team that asks, once its key is known.
  var team: String? {
    @inline(never)
    get { name.withLock { $0 } }
  }

  /// Notes the team that asks.
  @inline(never)
  func note(team: String) {
    name.withLock { $0 = team }
  }
}
