// Owns: showing how far an evaluation has come, on standard error.

import ChaskiEvaluation
import ChaskiTerminal
import Foundation
import Synchronization

/// Shows answered items, the first figure so far, the rate, and the time that is left.
final class EvalReporter: Sendable {
  private struct State {
    var begin: (count: Int, time: ContinuousClock.Instant)?
    var last: ContinuousClock.Instant?
    var isOnLine = false
  }

  private let state = Mutex(State())
  private let label: String
  private let total: Int
  private let isQuiet: Bool
  private let capabilities = TerminalDevice.capabilities()

  /// A reporter of `total` items; `isQuiet` shows nothing.
  init(label: String, total: Int, isQuiet: Bool) {
    self.label = label
    self.total = total
    self.isQuiet = isQuiet
    note(0)
  }

  /// Shows that `count` items are answered.
  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.
  @inline(never)
  func show(_ count: Int, _ current: () -> EvaluationResult) {
    guard !isQuiet, let rate = note(count) else { return }
    let figure = current().metrics.first.map { metric in
      "\(metric.name) " + String(format: "%.4f", metric.value)
        + (metric.standardError.map { String(format: " +/- %.4f", $0) } ?? "")
    }
    write("\(label)  \(count)/\(total)  \(figure ?? "")  \(Self.pace(rate, left: total - count))")
  }

  /// Ends the line, if there is one.
  @inline(never)
  func finish() {
    if state.withLock({ $0.isOnLine }) { Console.status("\r\u{1B}[K") }
  }

  /// The items a second if it is time to show something.
  @inline(never)
  @discardableResult
  private func note(_ count: Int) -> Double? {
    let now = ContinuousClock.now
    let interval: Duration = capabilities.errorIsTerminal ? .milliseconds(200) : .seconds(10)
    return state.withLock { state in
      guard let begin = state.begin else {
        state.begin = (count, now)
        state.last = now
        return nil
      }
      guard let last = state.last, now - last >= interval else { return nil }
      state.last = now
      return Double(count - begin.count) / ((now - begin.time) / .seconds(1))
    }
  }

  @inline(never)
  private func write(_ line: String) {
    guard capabilities.errorIsTerminal else { return Console.status(line + "\n") }
    state.withLock { $0.isOnLine = true }
    Console.status("\r" + String(line.prefix(capabilities.width - 1)) + "\u{1B}[K")
  }

  private static func pace(_ rate: Double, left: Int) -> String {
    guard rate > 0, rate.isFinite else { return "" }
    let seconds = Int(min((Double(left) / rate).rounded(.up), 359_999))
    return String(
      format: "%.1f items/s  %d:%02d:%02d left",
      rate,
      seconds / 3600,
      seconds / 60 % 60,
      seconds % 60
    )
  }
}
