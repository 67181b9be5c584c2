// Owns: the one block of memory that a model's packed weights share.
// Does not own: the file that a block may be mapped from (ChaskiFiles).

import Synchronization

/// One block that all of a model's packed matrices lie in: reserved and packed into, or mapped from a
/// file that an earlier start wrote.
///
/// One block instead of hundreds lets the system back it with huge pages.
///
/// Sendable without a lock: `base` never changes and stays valid as long as `owner` does. Reserved
/// memory is written only by the packing of a matrix, each into bytes that it alone took, before
/// anyone is handed the matrix; mapped memory is never written.
@safe package final class WeightArena: @unchecked Sendable {
  let base: UnsafeRawPointer
  /// The size of the block.
  package let byteCount: Int
  private let reserved: AlignedMemory?
  private let owner: AnyObject
  private let used: Mutex<Int>
  private let elements = Mutex(0)

  /// Reserves `byteCount` bytes; memory is taken only as it is written.
  package init(byteCount: Int) throws(TensorError) {
    let memory = try AlignedMemory(byteCount: byteCount)
    unsafe base = UnsafeRawPointer(memory.base)
    self.byteCount = memory.byteCount
    reserved = memory
    owner = memory
    used = Mutex(0)
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
    reserved = nil
    self.owner = owner
    used = Mutex(bytes.byteCount)
  }

  /// What every matrix's first byte is a multiple of.
  package static let alignment = 64

  /// Whether the block is mapped from a file, so that nothing can be packed into it.
  package var isMapped: Bool { reserved == nil }

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
    guard let reserved else { return nil }
    return unsafe reserved.base + offset
  }

  /// The offset of `byteCount` fresh bytes for `elementCount` weights, aligned to 64.
  func take(byteCount: Int, elementCount: Int) throws(TensorError) -> Int {
    let offset = used.withLock { used -> Int? in
      let start = (used + Self.alignment - 1) & -Self.alignment
      guard reserved != nil, byteCount <= self.byteCount - start else { return nil }
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
