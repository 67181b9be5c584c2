// Owns: bytes at an address that is a multiple of 64, for tests. Does not own: their meaning.

import ChaskiKernels

/// Bytes at an address that is a multiple of 64.
@safe final class PageBytes {
  let count: Int
  private let memory: UnsafeMutableRawPointer

  /// `count` bytes, each equal to `byte`.
  init(count: Int, filled byte: UInt8) {
    self.count = count
    unsafe memory = .allocate(byteCount: max(count, 1), alignment: CK_ALIGNMENT)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: byte, count: count)
  }

  deinit {
    unsafe memory.deallocate()
  }

  /// The first byte's address, valid while this object lives.
  @unsafe var address: UnsafeRawPointer { unsafe UnsafeRawPointer(memory) }

  /// All bytes.
  var bytes: [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: memory, count: count)) }

  /// Calls `body` with the first byte's address.
  func withMutableBytes(_ body: (UnsafeMutableRawPointer) -> Void) {
    unsafe body(memory)
  }

  /// The float at byte `offset`.
  func float(at offset: Int) -> Float {
    precondition(offset >= 0 && offset + 4 <= count)
    return unsafe memory.loadUnaligned(fromByteOffset: offset, as: Float.self)
  }

  /// The float16 at byte `offset`.
  func half(at offset: Int) -> Float {
    Float(Float16(bitPattern: bits(at: offset)))
  }

  /// The 16 bits at byte `offset`.
  func bits(at offset: Int) -> UInt16 {
    precondition(offset >= 0 && offset + 2 <= count)
    return unsafe memory.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
  }

  /// The int8 at byte `offset`.
  func code(at offset: Int) -> Int8 {
    precondition(offset >= 0 && offset < count)
    return unsafe memory.load(fromByteOffset: offset, as: Int8.self)
  }
}
