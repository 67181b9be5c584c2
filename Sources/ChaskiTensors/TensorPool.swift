// Owns: the memory that activations reuse.

import Synchronization

/// Buffers that activations borrow and give back.
///
/// Sizes are rounded up to a quarter of a power of two, so that the few shapes of a forward pass find
/// their buffers again at the next step.
final class TensorPool: Sendable {
  /// A block of memory and the size class it belongs to.
  struct Buffer: Sendable {
    let memory: AlignedMemory
    let sizeClass: Int
  }

  /// Idle buffers by the place of their size class.
  private let idle = Mutex<[[AlignedMemory]]>(Array(repeating: [], count: 4 * Int.bitWidth))

  /// A buffer of at least `byteCount` bytes, with undefined contents, aligned to a page.
  ///
  /// The system's refusal of memory ends the process here: activations are small beside the weights,
  /// whose allocation does throw.
  func take(byteCount: Int) -> Buffer {
    let sizeClass = Self.sizeClass(of: byteCount)
    if let memory = idle.withLock({ $0[Self.place(of: sizeClass)].popLast() }) {
      return Buffer(memory: memory, sizeClass: sizeClass)
    }
    do {
      return Buffer(memory: try AlignedMemory(byteCount: sizeClass), sizeClass: sizeClass)
    } catch {
      preconditionFailure("no memory for activations: \(error)")
    }
  }

  /// Takes a buffer back.
  func put(_ buffer: Buffer) {
    idle.withLock { $0[Self.place(of: buffer.sizeClass)].append(buffer.memory) }
  }

  /// Gives all idle buffers back to the system (after a long prompt, say).
  func drain() {
    idle.withLock { $0 = Array(repeating: [], count: 4 * Int.bitWidth) }
  }

  static func sizeClass(of byteCount: Int) -> Int {
    let wanted = max(byteCount, 4096)
    let power = 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)
    let step = max(power / 4, 64)
    return (wanted + step - 1) / step * step
  }

  /// Size classes are 4, 5, 6 or 7 quarters of a power of two: four places a power.
  private static func place(of sizeClass: Int) -> Int {
    let power = Int.bitWidth - 1 - sizeClass.leadingZeroBitCount
    return 4 * power + (sizeClass >> (power - 2)) & 3
  }
}
