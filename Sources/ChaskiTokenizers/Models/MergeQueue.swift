// Owns: the order in which pairs merge. Not the pairs.

/// A priority queue of (rank, place), lowest rank first and leftmost first among equals.
///
/// A binary heap over one word per entry, the rank in its upper half: comparing words compares both.
struct MergeQueue {
  private var entries: [UInt64] = []

  /// Empties the queue and keeps its memory.
  mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// Adds an entry out of order; `order` must follow.
  mutating func appendUnordered(_ rank: UInt32, _ place: Int) {
    entries.append(UInt64(rank) << 32 | UInt64(UInt32(truncatingIfNeeded: place)))
  }

  /// Puts all entries in order.
  mutating func order() {
    for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) {
      sink(entries[index], from: index)
    }
  }

  /// Adds an entry.
  mutating func insert(_ rank: UInt32, _ place: Int) {
    let entry = UInt64(rank) << 32 | UInt64(UInt32(truncatingIfNeeded: place))
    var index = entries.count
    entries.append(entry)
    while index > 0 {
      let parent = (index - 1) / 2
      if entries[parent] <= entry { break }
      entries[index] = entries[parent]
      index = parent
    }
    entries[index] = entry
  }

  /// Takes out the first entry.
  mutating func popFirst() -> (rank: UInt32, place: Int)? {
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    if !entries.isEmpty { sink(last, from: 0) }
    return (UInt32(truncatingIfNeeded: first >> 32), Int(first & 0xFFFF_FFFF))
  }

  private mutating func sink(_ entry: UInt64, from start: Int) {
    var index = start
    let count = entries.count
    while true {
      var child = index * 2 + 1
      guard child < count else { break }
      if child + 1 < count, entries[child + 1] < entries[child] { child += 1 }
      if entries[child] >= entry { break }
      entries[index] = entries[child]
      index = child
    }
    entries[index] = entry
  }
}
