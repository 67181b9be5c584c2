// Owns: the one block of memory that a model's packed weights share.
// Does not own: the file that a block may be mapped from (ChaskiFiles).

import Synchronization

/// One block that all of a model's packed matrices lie in: reserved and packed into, mapped from a file
/// that an earlier start wrote, or packed into a file that this one writes.
///
/// One block instead of hundreds lets the system back it with huge pages.
///
/// Sendable without a lock: `base` never changes and stays valid as long as `owner` does. Memory to be
/// packed into is written only by the packing of a matrix, each into bytes that it alone took, before
/// anyone is handed the matrix; nothing is taken after `seal`, and memory mapped from a file that is whole is
/// never written.
@safe package final class WeightArena: @unchecked Sendable {
  let base: UnsafeRawPointer
  /// The size of the block.
  package let byteCount: Int
  private let writable: UnsafeMutableRawPointer?
  private let owner: AnyObject
  private let didFill: @Sendable (_ bytes: Range<Int>) -> Void
  private let used: Mutex<Int>
  private let isSealed: Mutex<Bool>
  private let elements = Mutex(0)

  /// Reserves `byteCount` bytes; memory is taken only as it is written.
  package init(byteCount: Int) throws(TensorError) {
    let memory = try AlignedMemory(byteCount: byteCount)
    unsafe base = UnsafeRawPointer(memory.base)
    self.byteCount = memory.byteCount
    unsafe writable = memory.base
    owner = memory
    didFill = { _ in }
    used = Mutex(0)
    isSealed = Mutex(false)
  }

  /// A block that matrices are packed into in `memory`, which must stay valid as long as `owner` lives and
  /// begin on a multiple of 64: the pages of a file.
  ///
  /// `didFill` is told which bytes have been written and will only be read from then on.
  @unsafe package init(
    filling memory: UnsafeMutableRawBufferPointer,
    of owner: AnyObject,
    didFill: @escaping @Sendable (_ bytes: Range<Int>) -> Void
  ) throws(TensorError) {
    guard let start = memory.baseAddress,
      UInt(bitPattern: start) % UInt(Self.alignment) == 0
    else { throw TensorError.misaligned(alignment: Self.alignment) }
    unsafe base = UnsafeRawPointer(start)
    byteCount = memory.count
    unsafe writable = start
    self.owner = owner
    self.didFill = didFill
    used = Mutex(0)
    isSealed = Mutex(false)
  }

  /// A block of packed matrices that lie in `bytes`, which must stay valid as long as `owner` lives.
  ///
  /// - Throws: `TensorError.misaligned` unless the block begins on a multiple of 64.
  package init(mapped bytes: RawSpan, of owner: AnyObject) throws(TensorError) {
    guard let start = unsafe bytes.withUnsafeBytes({ $0.baseAddress }),
      UInt(bitPattern: start) % UInt(Self.alignment) == 0
    else { throw TensorError.misaligned(alignment: Self.alignment) }
    unsafe base = start
    byteCount = bytes.byteCount
    unsafe writable = nil
    self.owner = owner
    didFill = { _ in }
    used = Mutex(bytes.byteCount)
    isSealed = Mutex(true)
  }

  /// What every matrix's first byte is a multiple of.
  package static let alignment = 64

  /// Whether the block is the pages of a file that is whole, so that nothing can be packed into it.
  package var isMapped: Bool { isSealed.withLock { $0 } }

  /// Ends the packing: the file that the block lies in is whole.
  package func seal() { isSealed.withLock { $0 = true } }

  /// Bytes that matrices have taken; all of a mapped block.
  package var usedByteCount: Int { used.withLock { $0 } }

  /// How many weights the matrices have.
  package var elementCount: Int { elements.withLock { $0 } }

  /// The bytes that matrices have taken, once all are packed.
  package var usedBytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // The block covers `byteCount` bytes from `base` as long as this object lives, and no more than
      // those are ever taken; the span's lifetime is tied to a borrow of this object.
      let span = unsafe RawSpan(_unsafeStart: base, byteCount: usedByteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Where a matrix at `offset` is packed to; nil in a mapped block.
  func destination(_ offset: Int) -> UnsafeMutableRawPointer? {
    guard !isMapped, let writable = unsafe writable else { return nil }
    return unsafe writable + offset
  }

  /// Says that these bytes have been packed and will only be read.
  func filled(_ bytes: Range<Int>) { didFill(bytes) }

  /// The offset of `byteCount` fresh bytes for `elementCount` weights, aligned to 64.
  func take(byteCount: Int, elementCount: Int) throws(TensorError) -> Int {
    let offset = used.withLock { used -> Int? in
      let start = (used + Self.alignment - 1) & -Self.alignment
      guard !isMapped, byteCount <= self.byteCount - start else { return nil }
      used = start + byteCount
      return start
    }
    guard let offset else { throw TensorError.outOfMemory(byteCount: byteCount) }
    count(elements: elementCount)
    return offset
  }

  /// Counts the weights of a matrix that lies in a mapped block.
  func count(elements count: Int) {
    elements.withLock { $0 += count }
  }
}
