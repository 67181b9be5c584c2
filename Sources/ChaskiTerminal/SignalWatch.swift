// Owns: calling a closure when a signal arrives.

import Dispatch
import Synchronization

/// Watches signals for as long as it lives; they do not have their default action meanwhile.
final class SignalWatch: Sendable {
  private let signals: [Int32]
  // Dispatch's sources are not marked Sendable, so a lock holds them until they are cancelled.
  private let sources: Mutex<[any DispatchSourceSignal]>

  /// Calls `action` with each arriving signal of `signals`, on a thread of Dispatch's.
  init(_ signals: [Int32], action: @escaping @Sendable (Int32) -> Void) {
    self.signals = signals
    let queue = DispatchQueue(label: "chaski.signals")
    sources = Mutex(
      signals.map { signal in
        TerminalDevice.ignoreDefaultAction(of: signal)
        let source = DispatchSource.makeSignalSource(signal: signal, queue: queue)
        source.setEventHandler { action(signal) }
        source.resume()
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
