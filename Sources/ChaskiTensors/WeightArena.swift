// Owns: the one block of memory that a model's packed weights share.

import Synchronization

/// One reservation that all of a model's matrices are packed into.
///
/// One block instead of hundreds lets the system back it with huge pages.
package final class WeightArena: Sendable {
  let memory: AlignedMemory
  private let used = Mutex(0)
  private let elements = Mutex(0)

  /// Reserves `byteCount` bytes; memory is taken only as it is written.
  package init(byteCount: Int) throws(TensorError) {
    memory = try AlignedMemory(byteCount: byteCount)
  }

  /// Bytes that matrices have taken.
  package var usedByteCount: Int { used.withLock { $0 } }

  /// How many weights the matrices have.
  package var elementCount: Int { elements.withLock { $0 } }

  /// The offset of `byteCount` fresh bytes for `elementCount` weights, aligned to 64.
  func take(byteCount: Int, elementCount: Int) throws(TensorError) -> Int {
    elements.withLock { $0 += elementCount }
    let offset = used.withLock { used -> Int? in
      let start = (used + 63) & ~63
      guard byteCount <= memory.byteCount - start else { return nil }
      used = start + byteCount
      return start
    }
    guard let offset else { throw TensorError.outOfMemory(byteCount: byteCount) }
    return offset
  }
}
