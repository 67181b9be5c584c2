// Owns: calling a closure when a signal arrives.

import Dispatch
import Synchronization

/// Watches signals for as long as it lives; they do not have their default action meanwhile.
package final class SignalWatch: Sendable {
  private let signals: [Int32]
  // Dispatch's sources are not marked Sendable, so a lock holds them until they are cancelled.
  private let sources: Mutex<[any DispatchSourceSignal]>

  /// Calls `action` with each signal of `signals` that arrives from now on, on a thread of Dispatch's.
  package init(_ signals: [Int32], action: @escaping @Sendable (Int32) -> Void) {
    self.signals = signals
    let queue = DispatchQueue(label: "chaski.signals")
    sources = Mutex(
      signals.map { signal in
        let source = DispatchSource.makeSignalSource(signal: signal, queue: queue)
        let isWatched = DispatchSemaphore(value: 0)
        source.setEventHandler { action(signal) }
        source.setRegistrationHandler { isWatched.signal() }
        source.resume()
        // A signal that came before would be lost, if its default action were gone already.
        isWatched.wait()
        TerminalDevice.ignoreDefaultAction(of: signal)
        return source
      }
    )
  }

  deinit {
    sources.withLock { sources in
      for source in sources { source.cancel() }
    }
    for signal in signals { TerminalDevice.restoreDefaultAction(of: signal) }
  }
}
