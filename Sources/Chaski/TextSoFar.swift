// Owns: a text that grows by pieces from another thread.

import Synchronization

/// Text that pieces are added to.
final class TextSoFar: Sendable {
  private let text = Mutex("")

  /// Adds `piece` and returns all of it.
  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.
  @inline(never)
  func append(_ piece: String) -> String {
    text.withLock { text in
      text += piece
      return text
    }
  }
}
