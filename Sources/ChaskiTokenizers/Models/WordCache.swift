// Owns: the ids of words already seen in one call. Not how they are found the first time.

/// Remembers the ids of pieces of text, since most words of a text come again.
///
/// Bounded: when it is full it starts anew. Lives for one call, so it needs no lock and its size is that of the text.
struct WordCache {
  private struct Entry {
    var hash: UInt64 = 0
    var head: UInt64 = 0
    var textStart: UInt32 = 0
    var textCount: UInt16 = 0
    var idCount: UInt16 = 0
    var idStart: UInt32 = 0
  }

  private var entries = [Entry](repeating: Entry(), count: 256)
  private var used = 0
  private var texts: [UInt8] = []
  private var ids: [TokenID] = []

  /// Longer texts are not kept.
  static let textLimit = 48
  private static let entryLimit = 1 << 16

  /// The hash under which `start..<end` is kept.
  @inline(__always)
  static func hash(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> ByteHash {
    ByteHash(text, start, end, seed: 0xCBF2_9CE4_8422_2325)
  }

  /// Adds the ids of `start..<end` to `output`, if they are known.
  @inline(__always)
  func append(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ hash: ByteHash,
    to output: inout [TokenID]
  ) -> Bool {
    let mask = entries.count - 1
    let entries = entries.span
    let value = hash.value
    var slot = Int(truncatingIfNeeded: value) & mask
    // Only a few places are tried: a text made so that all words collide gains nothing and costs nothing.
    for _ in 0..<8 {
      let entry = entries[slot]
      if entry.textCount == 0 { return false }
      if entry.hash == value, entry.head == hash.head, Int(entry.textCount) == end - start,
        end - start <= 8 || isText(entry, text, start)
      {
        let from = Int(entry.idStart)
        for at in from..<from + Int(entry.idCount) { output.append(ids[at]) }
        return true
      }
      slot = (slot + 1) & mask
    }
    return false
  }

  @inline(__always)
  private func isText(_ entry: Entry, _ text: Span<UInt8>, _ start: Int) -> Bool {
    let texts = texts.span
    let from = Int(entry.textStart)
    for offset in 8..<Int(entry.textCount) where texts[from + offset] != text[start + offset] {
      return false
    }
    return true
  }

  /// Keeps `ids[first...]` for `start..<end`, unless its place in the table is taken.
  mutating func insert(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ hash: ByteHash,
    _ found: [TokenID],
    from first: Int
  ) {
    if used * 2 >= entries.count { grow() }
    guard
      let slot = Self.freeSlot(entries, hash.value), found.count - first <= Int(UInt16.max)
    else { return }
    entries[slot] = Entry(
      hash: hash.value,
      head: hash.head,
      textStart: UInt32(texts.count),
      textCount: UInt16(end - start),
      idCount: UInt16(found.count - first),
      idStart: UInt32(ids.count)
    )
    for at in start..<end { texts.append(text[at]) }
    ids.append(contentsOf: found[first...])
    used += 1
  }

  private static func freeSlot(_ entries: [Entry], _ hash: UInt64) -> Int? {
    let mask = entries.count - 1
    for offset in 0..<8 {
      let slot = (Int(truncatingIfNeeded: hash) + offset) & mask
      if entries[slot].textCount == 0 { return slot }
    }
    return nil
  }

  private mutating func grow() {
    let old = entries
    if old.count >= Self.entryLimit {
      entries = [Entry](repeating: Entry(), count: old.count)
      texts.removeAll(keepingCapacity: true)
      ids.removeAll(keepingCapacity: true)
      used = 0
      return
    }
    entries = [Entry](repeating: Entry(), count: old.count * 4)
    for entry in old where entry.textCount > 0 {
      if let slot = Self.freeSlot(entries, entry.hash) { entries[slot] = entry } else { used -= 1 }
    }
  }
}
