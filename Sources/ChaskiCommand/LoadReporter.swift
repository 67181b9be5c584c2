// Owns: showing how far a model's load has come, on standard error.

import ChaskiTerminal
import Foundation
import Synchronization

/// Shows a model being loaded or converted, if that takes long enough to be noticed.
final class LoadReporter: Sendable {
  private let bar: Mutex<ProgressReporter>
  private let start = ContinuousClock.now
  private let isShown: Bool
  private let hasBegun = Mutex(false)
  private let label: String
  private let lastByteCount = Mutex<Int64>(0)
  /// The terminal's, or nil where there is none.
  private let width: Int?

  /// A reporter; on a terminal only unless `writesLines` elsewhere, and `isQuiet` shows nothing.
  init(isQuiet: Bool, label: String = "loading", writesLines: Bool = false) {
    self.label = label
    let capabilities = TerminalDevice.capabilities()
    width = capabilities.errorIsTerminal ? capabilities.width : nil
    isShown = !isQuiet && (writesLines || capabilities.errorIsTerminal)
    bar = Mutex(ProgressReporter(label: label, totalByteCount: nil, width: width))
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
            width: width
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
