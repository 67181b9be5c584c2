// Owns: which two symbols merge, how early, and into what. Not the merging.

/// What a pair of symbols becomes.
struct Merge {
  /// Lower ranks merge first.
  var rank: UInt32
  var result: TokenID
}

/// Merges in the order in which a file gives them, to be made a `PairTable`.
struct MergeList {
  /// Pairs of words: the two symbols, then rank and result.
  fileprivate var words: [UInt64] = []

  /// Room for `count` merges; it grows past them.
  init(count: Int) { words.reserveCapacity(count * 2) }

  /// Adds the merge of two symbols.
  mutating func append(_ left: TokenID, _ right: TokenID, _ merge: Merge) {
    words.append(PairTable.key(left, right))
    words.append(UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: merge.result)))
  }
}

/// A hash table from a pair of symbols to the rank of their merge and the symbol it makes.
///
/// Seeded like `PieceIndex`, for the same reason.
struct PairTable: Sendable {
  /// The upper half is that of the hash, the lower a place in `entries` plus one; 0 is a free place.
  private var slots: [UInt64]
  /// Pairs of words: the two symbols, then rank and result.
  private let entries: [UInt64]
  private let mask: Int
  private let seed: UInt64

  /// A table of the merges of `list`; of two merges of one pair, the first counts.
  init(_ list: MergeList) {
    entries = list.words
    var bits = 4
    while 1 << bits < entries.count * 3 / 4 { bits += 1 }
    slots = [UInt64](repeating: 0, count: 1 << bits)
    mask = slots.count - 1
    seed = UInt64.random(in: 0...UInt64.max)
    fill(bits)
  }

  /// Fills the slots region by region, so that each region stays in the cache while it is filled.
  ///
  /// Straight insertion of Llama 3's 280,000 merges took four times as long (EPYC, 1 MiB of second-level cache).
  private mutating func fill(_ bits: Int) {
    let regionShift = UInt64(max(0, bits - 6))
    var starts = [Int](repeating: 0, count: 65)
    for entry in stride(from: 0, to: entries.count, by: 2) {
      starts[region(hash(entries[entry]), regionShift) + 1] += 1
    }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    var hashes = [UInt64](repeating: 0, count: entries.count / 2)
    var places = [UInt32](repeating: 0, count: entries.count / 2)
    for entry in stride(from: 0, to: entries.count, by: 2) {
      let hash = hash(entries[entry])
      let region = region(hash, regionShift)
      hashes[starts[region]] = hash
      places[starts[region]] = UInt32(truncatingIfNeeded: entry / 2)
      starts[region] += 1
    }
    for index in hashes.indices { place(Int(places[index]), hashes[index]) }
  }

  @inline(__always)
  private func region(_ hash: UInt64, _ shift: UInt64) -> Int {
    (Int(truncatingIfNeeded: hash) & mask) >> Int(truncatingIfNeeded: shift)
  }

  private mutating func place(_ entry: Int, _ hash: UInt64) {
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let other = Int(slots[slot] & 0xFFFF_FFFF) - 1
      let isSameHash = (slots[slot] ^ hash) >> 32 == 0
      if isSameHash, entries[other * 2] == entries[entry * 2] { return }
      slot = (slot + 1) & mask
    }
    slots[slot] = hash & ~0xFFFF_FFFF | UInt64(truncatingIfNeeded: entry + 1)
  }

  @inline(__always)
  private func hash(_ key: UInt64) -> UInt64 {
    var x = (key ^ seed) &* 0x9E37_79B9_7F4A_7C15
    x = (x ^ x >> 32) &* 0xD6E8_FEB8_6659_FD93
    return x ^ x >> 29
  }

  @inline(__always)
  fileprivate static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// The merge of two symbols.
  ///
  /// Symbols below 0 merge with nothing.
  @inline(__always)
  func find(_ left: TokenID, _ right: TokenID) -> Merge? {
    guard left >= 0, right >= 0 else { return nil }
    let key = Self.key(left, right)
    let hash = hash(key)
    let slots = slots.span
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let found = slots[slot]
      if found == 0 { return nil }
      if (found ^ hash) >> 32 == 0 {
        let entries = entries.span
        let entry = Int(found & 0xFFFF_FFFF) * 2 - 2
        if entries[entry] == key {
          let value = entries[entry + 1]
          return Merge(
            rank: UInt32(truncatingIfNeeded: value >> 32),
            result: TokenID(bitPattern: UInt32(truncatingIfNeeded: value))
          )
        }
      }
      slot = (slot + 1) & mask
    }
  }
}
