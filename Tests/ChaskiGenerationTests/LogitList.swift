// Owns: logits collected by a closure that may run on another thread.

import Synchronization

/// Rows of logits in the order in which they came.
final class LogitList: Sendable {
  private let list = Mutex<[[Float]]>([])

  var rows: [[Float]] { list.withLock { $0 } }

  func append(_ row: [Float]) { list.withLock { $0.append(row) } }
}
