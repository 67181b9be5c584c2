// Owns: which two symbols merge, how early, and into what. Not the merging.

/// A hash table from a pair of symbols to the rank of their merge and the symbol it makes.
///
/// Seeded like `PieceIndex`, for the same reason.
struct PairTable: Sendable {
  /// What a pair becomes.
  struct Merge {
    /// Lower ranks merge first.
    var rank: UInt32
    var result: TokenID
  }

  /// Pairs of words: the two symbols, then rank and result. The key is stored inverted, so that 0 is a free place.
  private var slots: [UInt64]
  private var mask: Int
  private let seed: UInt64
  private(set) var count = 0

  /// Room for `count` pairs; it grows past them.
  init(count: Int) {
    var size = 16
    while size < count + count / 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size * 2)
    mask = size - 1
    seed = UInt64.random(in: 0...UInt64.max)
  }

  @inline(__always)
  private func place(_ key: UInt64) -> Int {
    var x = (key ^ seed) &* 0x9E37_79B9_7F4A_7C15
    x = (x ^ x >> 32) &* 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: x >> 32) & mask
  }

  @inline(__always)
  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    ~(UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right)))
  }

  /// Adds a merge, unless the pair has one already: the first counts.
  mutating func insert(_ left: TokenID, _ right: TokenID, _ merge: Merge) {
    if count * 3 >= mask * 2 { grow() }
    let value = UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: merge.result))
    if store(Self.key(left, right), value) { count += 1 }
  }

  private mutating func store(_ key: UInt64, _ value: UInt64) -> Bool {
    var slot = place(key)
    while slots[slot * 2] != 0 {
      if slots[slot * 2] == key { return false }
      slot = (slot + 1) & mask
    }
    slots[slot * 2] = key
    slots[slot * 2 + 1] = value
    return true
  }

  private mutating func grow() {
    let old = slots
    mask = mask * 2 + 1
    slots = [UInt64](repeating: 0, count: (mask + 1) * 2)
    for slot in stride(from: 0, to: old.count, by: 2) where old[slot] != 0 {
      _ = store(old[slot], old[slot + 1])
    }
  }

  /// The merge of two symbols. Symbols below 0 merge with nothing.
  @inline(__always)
  func find(_ left: TokenID, _ right: TokenID) -> Merge? {
    guard left >= 0, right >= 0 else { return nil }
    let key = Self.key(left, right)
    let slots = slots.span
    var slot = place(key)
    while true {
      let found = slots[slot * 2]
      if found == key {
        let value = slots[slot * 2 + 1]
        return Merge(
          rank: UInt32(truncatingIfNeeded: value >> 32),
          result: TokenID(bitPattern: UInt32(truncatingIfNeeded: value))
        )
      }
      if found == 0 { return nil }
      slot = (slot + 1) & mask
    }
  }
}
