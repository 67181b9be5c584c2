// Owns: finding a piece by its bytes. Not the pieces: those stay in the vocabulary's string table.

/// A hash table from a piece's bytes to its id, over strings that lie in a `StringTable`.
///
/// The seed differs from process to process, so that no file can be made whose pieces all collide. Only places
/// in the table depend on it, never what is found.
struct PieceIndex: Sendable {
  /// The upper half is that of the hash, the lower the id plus one; 0 is a free place.
  private var slots: [UInt64]
  private let mask: Int
  private let seed: UInt64

  /// Room for `count` pieces.
  init(count: Int) {
    var size = 16
    while size < count * 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
    mask = size - 1
    seed = UInt64.random(in: 0...UInt64.max)
  }

  /// A hash that takes bytes one by one, so that all the prefixes of a text cost one pass.
  struct Hash {
    fileprivate var state: UInt64

    @inline(__always)
    mutating func add(_ byte: UInt8) {
      state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    @inline(__always)
    fileprivate var mixed: UInt64 {
      let x = (state ^ state >> 32) &* 0x9E37_79B9_7F4A_7C15
      return x ^ x >> 29
    }
  }

  /// The hash of no bytes.
  @inline(__always)
  var emptyHash: Hash { Hash(state: seed) }

  @inline(__always)
  func hash(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Hash {
    var hash = emptyHash
    for at in start..<end { hash.add(text[at]) }
    return hash
  }

  /// Adds piece `id` of the table.
  ///
  /// - Returns: the piece that is already there with the same bytes, in which case nothing changes.
  mutating func insert(_ id: TokenID, in bytes: Span<UInt8>, _ ends: Span<Int>) -> TokenID? {
    let start = id == 0 ? 0 : ends[Int(id) - 1]
    let end = ends[Int(id)]
    let hash = hash(bytes, start, end)
    if let other = find(bytes, start, end, hash, in: bytes, ends) { return other }
    let mixed = hash.mixed
    var slot = Int(truncatingIfNeeded: mixed) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = mixed & ~0xFFFF_FFFF | UInt64(UInt32(id) + 1)
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
  func find(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ hash: Hash,
    in bytes: Span<UInt8>,
    _ ends: Span<Int>
  ) -> TokenID? {
    let mixed = hash.mixed
    let tag = mixed >> 32
    let slots = slots.span
    var slot = Int(truncatingIfNeeded: mixed) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      if entry >> 32 == tag {
        let id = Int(entry & 0xFFFF_FFFF) - 1
        let from = id == 0 ? 0 : ends[id - 1]
        if ends[id] - from == end - start, Self.equal(text, start, bytes, from, end - start) {
          return TokenID(truncatingIfNeeded: id)
        }
      }
      slot = (slot + 1) & mask
    }
  }

  @inline(__always)
  private static func equal(
    _ a: Span<UInt8>,
    _ aStart: Int,
    _ b: Span<UInt8>,
    _ bStart: Int,
    _ count: Int
  ) -> Bool {
    for offset in 0..<count where a[aStart + offset] != b[bStart + offset] { return false }
    return true
  }
}
