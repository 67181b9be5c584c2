// Owns: taking logits out of a closure that runs on an engine's queue.

import Synchronization

/// The logits that came last.
final class LastLogits: Sendable {
  private let logits = Mutex<[Float]>([])

  var value: [Float] {
    @inline(never)
    get { logits.withLock { $0 } }
  }

  @inline(never)
  func set(_ value: [Float]) {
    logits.withLock { $0 = value }
  }
}
