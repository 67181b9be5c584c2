// Owns: showing how far a model's load has come, on standard error.

import ChaskiTerminal
import Foundation
import Synchronization

/// Shows a model being loaded, if that takes long enough to be noticed.
final class LoadReporter: Sendable {
  private let bar: Mutex<ProgressReporter>
  private let start = ContinuousClock.now
  private let isShown: Bool
  private let hasBegun = Mutex(false)
  private let label: String
  private let lastByteCount = Mutex<Int64>(0)

  /// A reporter; on a terminal only, and `isQuiet` shows nothing.
  init(isQuiet: Bool, label: String = "loading") {
    self.label = label
    let capabilities = TerminalDevice.capabilities()
    isShown = !isQuiet && capabilities.errorIsTerminal
    bar = Mutex(
      ProgressReporter(label: label, totalByteCount: nil, width: capabilities.width)
    )
  }

  /// Shows that `done` of `total` bytes are loaded.
  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.
  @inline(never)
  func show(_ done: Int, of total: Int) {
    let time = ContinuousClock.now - start
    // Half a second is when people begin to wonder.
    guard isShown, time > .milliseconds(500) else { return }
    lastByteCount.withLock { $0 = Int64(done) }
    let text = hasBegun.withLock { hasBegun in
      bar.withLock { bar in
        if !hasBegun {
          bar = ProgressReporter(
            label: label,
            totalByteCount: Int64(total),
            width: TerminalDevice.capabilities().width
          )
        }
        hasBegun = true
        return bar.update(byteCount: Int64(done), at: time)
      }
    }
    if let text { Console.status(text) }
  }

  /// Ends the bar, if there is one.
  @inline(never)
  func finish() {
    guard hasBegun.withLock({ $0 }) else { return }
    let time = ContinuousClock.now - start
    let byteCount = lastByteCount.withLock { $0 }
    let text = bar.withLock { $0.finish(byteCount: byteCount, at: time) }
    Console.status(text)
  }
}
