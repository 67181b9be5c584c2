// Owns: Ctrl-C and SIGTERM while a server starts. Does not own: its end (InferenceServer).

import ChaskiTerminal
import Foundation
import Synchronization

/// Ends the program at SIGINT and SIGTERM as long as nothing is served, so that nothing has to come to its end.
///
/// The default action would do as well, but a container's first process has none. It lives as long as the program: giving
/// the default action back would take the signals from the server, which watches them later.
final class StartWatch: Sendable {
  private let isStarting = Mutex(true)
  private let watch = Mutex<SignalWatch?>(nil)

  /// Begins to watch.
  init() {
    let watching = SignalWatch([SIGINT, SIGTERM]) { [weak self] signal in self?.stop(signal) }
    watch.withLock { $0 = watching }
  }

  /// Leaves the signals to the server from now on.
  // Not inlined, as every function that locks and may be called after an await: see LoadReporter.
  @inline(never)
  func end() { isStarting.withLock { $0 = false } }

  private func stop(_ signal: Int32) {
    guard isStarting.withLock({ $0 }) else { return }
    Console.stopped("Stopped before anything was served.")
    exit(128 + signal)
  }
}
