// Owns: turning counted bytes into progress reports at a rate that a terminal can show.

import Synchronization

/// Reports the progress of one model's pull.
///
/// A change of phase or file is always reported; more bytes of the same phase at most ten times a second.
final class ProgressMeter: Sendable {
  private struct State {
    var last: PullProgress
    var lastTime: ContinuousClock.Instant?
  }

  private let state: Mutex<State>
  private let handler: PullProgressHandler
  private static let interval = Duration.milliseconds(100)

  /// Makes a meter for a model.
  init(model: String, source: String, handler: @escaping PullProgressHandler) {
    state = Mutex(State(last: PullProgress(phase: .listing, model: model, source: source)))
    self.handler = handler
  }

  /// Reports a phase, and how far it has come.
  func report(
    _ phase: PullProgress.Phase,
    file: String? = nil,
    done: Int64 = 0,
    total: Int64? = nil
  ) {
    let now = ContinuousClock.now
    state.withLock { state in
      var progress = state.last
      progress.phase = phase
      progress.file = file
      progress.bytesDone = done
      progress.bytesTotal = total
      let isMoreOfTheSame =
        phase == state.last.phase && file == state.last.file && total == state.last.bytesTotal
      if isMoreOfTheSame, done != total, let lastTime = state.lastTime,
        now - lastTime < Self.interval
      {
        return
      }
      state.last = progress
      state.lastTime = now
      // Called under the lock, so that reports arrive in order.
      handler(progress)
    }
  }
}
