// Owns: showing how far a pull has come, on standard error.

import ChaskiHub
import ChaskiTerminal
import Foundation
import Synchronization

/// Shows a pull: a bar on a terminal, a line now and then elsewhere.
final class PullReporter: Sendable {
  private struct State {
    var phase: PullProgress.Phase?
    var file: String?
    var bar: ProgressReporter?
    /// What the bar's phase had done last: a new phase's first report counts from its own beginning.
    var byteCount: Int64 = 0
  }

  private let state = Mutex(State())
  private let start = ContinuousClock.now
  private let capabilities = TerminalDevice.capabilities()
  private let isQuiet: Bool

  /// A reporter; `isQuiet` shows nothing.
  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
  }

  /// Shows where the pull stands.
  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.
  @inline(never)
  func show(_ progress: PullProgress) {
    guard !isQuiet else { return }
    let time = ContinuousClock.now - start
    let text = state.withLock { Self.text(progress, &$0, at: time, capabilities) }
    if !text.isEmpty { Console.status(text) }
  }

  private static func text(
    _ progress: PullProgress,
    _ state: inout State,
    at time: Duration,
    _ capabilities: TerminalCapabilities
  ) -> String {
    var text = ""
    if state.phase != progress.phase || state.file != progress.file {
      if var bar = state.bar { text += bar.finish(byteCount: state.byteCount, at: time) }
      state.bar = nil
      state.phase = progress.phase
      state.file = progress.file
      guard let label = label(progress) else {
        return text + (announcement(progress).map { $0 + "\n" } ?? "")
      }
      state.bar = ProgressReporter(
        label: label,
        totalByteCount: progress.bytesTotal,
        width: capabilities.errorIsTerminal ? capabilities.width : nil
      )
    }
    state.byteCount = progress.bytesDone
    return text + (state.bar?.update(byteCount: progress.bytesDone, at: time) ?? "")
  }

  /// What a bar is labelled, for phases that move bytes.
  private static func label(_ progress: PullProgress) -> String? {
    switch progress.phase {
    case .downloading: progress.file ?? progress.model
    case .checking: "checking what is there"
    case .verifying: "verifying"
    case .unpacking: "unpacking"
    case .waiting, .listing, .retrying, .finished: nil
    }
  }

  private static func announcement(_ progress: PullProgress) -> String? {
    switch progress.phase {
    case .waiting(let owner):
      "waiting for another pull of \(progress.model)"
        + (owner.map { " (process \($0))" } ?? "")
    case .listing: "looking at \(progress.source)"
    case .retrying(let attempt, let delay, let reason):
      "\(reason); attempt \(attempt) in \(delay.components.seconds) s"
    case .finished(let wasThere): "\(progress.model) is \(wasThere ? "already " : "")installed"
    default: nil
    }
  }
}
