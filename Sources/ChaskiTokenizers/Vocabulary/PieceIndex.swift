// Owns: finding a piece by its bytes. Not the pieces: those stay in the vocabulary's string table.

/// A hash table from a piece's bytes to its id, over strings that lie in a `StringTable`.
///
/// The seed differs from process to process, so that no file can be made whose pieces all collide. Only places
/// in the table depend on it, never what is found.
struct PieceIndex: Sendable {
  /// Pairs of words: a piece's first eight bytes, then its length above its id plus one; 0 there is a free place.
  private var slots: [UInt64]
  private let mask: Int
  private let seed: UInt64

  /// Room for `count` pieces.
  init(count: Int) {
    var size = 16
    while size < count * 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size * 2)
    mask = size - 1
    seed = UInt64.random(in: 0...UInt64.max)
  }

  /// The hash of no bytes.
  @inline(__always)
  var emptyHash: ByteHash { ByteHash(seed: seed) }

  @inline(__always)
  func hash(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> ByteHash {
    ByteHash(text, start, end, seed: seed)
  }

  /// Adds piece `id` of the table.
  ///
  /// - Returns: the piece that is already there with the same bytes, in which case nothing changes.
  mutating func insert(_ id: TokenID, in bytes: Span<UInt8>, _ ends: Span<Int>) -> TokenID? {
    let start = id == 0 ? 0 : ends[Int(id) - 1]
    let end = ends[Int(id)]
    let hash = hash(bytes, start, end)
    if let other = find(bytes, start, end, hash, in: bytes, ends) { return other }
    var slot = Int(truncatingIfNeeded: hash.value) & mask
    while slots[slot * 2 + 1] != 0 { slot = (slot + 1) & mask }
    slots[slot * 2] = hash.head
    slots[slot * 2 + 1] = UInt64(UInt32(truncatingIfNeeded: end - start)) << 32 | UInt64(id) + 1
    return nil
  }

  /// The piece with the bytes `start..<end` of `text`.
  @inline(__always)
  func find(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    in bytes: Span<UInt8>,
    _ ends: Span<Int>
  ) -> TokenID? {
    find(text, start, end, hash(text, start, end), in: bytes, ends)
  }

  /// The piece with the bytes `start..<end` of `text`, whose hash is known.
  @inline(__always)
  func find(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ hash: ByteHash,
    in bytes: Span<UInt8>,
    _ ends: Span<Int>
  ) -> TokenID? {
    let length = UInt64(UInt32(truncatingIfNeeded: end - start))
    let head = hash.head
    let slots = slots.span
    var slot = Int(truncatingIfNeeded: hash.value) & mask
    while true {
      let entry = slots[slot * 2 + 1]
      if entry == 0 { return nil }
      if entry >> 32 == length, slots[slot * 2] == head {
        let id = Int(entry & 0xFFFF_FFFF) - 1
        if length <= 8 || Self.isTail(text, start, end, bytes, ends[id]) {
          return TokenID(truncatingIfNeeded: id)
        }
      }
      slot = (slot + 1) & mask
    }
  }

  /// Whether the bytes after the first eight are those that end at `end` of the pieces.
  private static func isTail(
    _ text: Span<UInt8>,
    _ start: Int,
    _ stop: Int,
    _ bytes: Span<UInt8>,
    _ end: Int
  ) -> Bool {
    let shift = end - stop
    for at in start + 8..<stop where text[at] != bytes[at + shift] { return false }
    return true
  }
}
