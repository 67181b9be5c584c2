// Owns: the log of the last minutes' work, for several threads.

import ChaskiGeneration
import Synchronization

/// What the engines do now and did in the last minutes.
///
/// Functions are not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
/// thread's own number across an await, and unlocking on the next thread traps.
final class LiveActivity: Sendable {
  private let log = Mutex(ActivityLog())

  /// Notes the time to a request's first token.
  @inline(never)
  func noteFirstToken(_ duration: Duration) {
    log.withLock { $0.noteFirstToken(seconds: duration / .seconds(1)) }
  }

  /// Notes what the engines show at `time`, in seconds since 1970.
  @inline(never)
  func look(at snapshots: [String: BatchSnapshot], time: Double) {
    log.withLock { $0.look(at: snapshots, time: time) }
  }

  /// The log as it is.
  @inline(never)
  func contents() -> ActivityLog { log.withLock { $0 } }
}
