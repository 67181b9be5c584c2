// Owns: merging the symbols of one piece of text, and the memory for it. Not the tables.

/// The arrays that byte-pair encoding works in, kept from piece to piece of one call.
struct MergeWorkspace {
  /// The symbols, `count` of them.
  private(set) var ids: [TokenID] = []
  /// Where each symbol begins, from the start of the piece.
  private(set) var offsets: [Int32] = []
  private(set) var count = 0
  /// The ids of words already seen.
  var cache = WordCache()

  private var ranks: [UInt32] = []
  private var results: [TokenID] = []
  private var previous: [Int32] = []
  private var next: [Int32] = []
  private var queue = MergeQueue()

  private static let noRank = UInt32.max
  /// Up to here, looking at every pair for each merge beats keeping a queue.
  private static let scanLimit = 24

  /// Makes the first symbols of `start..<end`.
  mutating func loadSymbols(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ alphabet: BytePairModel.Alphabet
  ) {
    ids.removeAll(keepingCapacity: true)
    offsets.removeAll(keepingCapacity: true)
    switch alphabet {
    case .bytes(let symbols):
      for at in start..<end {
        ids.append(symbols[Int(text[at])])
        offsets.append(Int32(truncatingIfNeeded: at - start))
      }
    case .characters(let ascii, let others):
      var at = start
      while at < end {
        let scalar = UTF8Scalar(text, at: at, end: end)
        ids.append(scalar.code < 0x80 ? ascii[Int(scalar.code)] : others[scalar.code] ?? -1)
        offsets.append(Int32(truncatingIfNeeded: at - start))
        at += scalar.count
      }
    }
    count = ids.count
  }

  /// Merges until no pair of neighbours has a merge.
  mutating func merge(_ pairs: PairTable) {
    guard count > 1 else { return }
    ranks.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
    for index in 0..<count - 1 {
      let merge = pairs.find(ids[index], ids[index + 1])
      ranks.append(merge?.rank ?? Self.noRank)
      results.append(merge?.result ?? -1)
    }
    ranks.append(Self.noRank)
    results.append(-1)
    if count <= Self.scanLimit { mergeByScanning(pairs) } else { mergeByQueue(pairs) }
  }

  private mutating func mergeByScanning(_ pairs: PairTable) {
    while true {
      var best = 0
      var rank = Self.noRank
      for index in 0..<count - 1 where ranks[index] < rank {
        rank = ranks[index]
        best = index
      }
      guard rank != Self.noRank else { return }
      ids[best] = results[best]
      for index in best + 1..<count - 1 {
        ids[index] = ids[index + 1]
        offsets[index] = offsets[index + 1]
        ranks[index] = ranks[index + 1]
        results[index] = results[index + 1]
      }
      count -= 1
      look(at: best, best + 1 < count ? best + 1 : -1, pairs)
      if best > 0 { look(at: best - 1, best, pairs) }
    }
  }

  /// Notes the merge of the symbols at two places.
  private mutating func look(at left: Int, _ right: Int, _ pairs: PairTable) {
    let merge = right < 0 ? nil : pairs.find(ids[left], ids[right])
    ranks[left] = merge?.rank ?? Self.noRank
    results[left] = merge?.result ?? -1
  }

  /// For long pieces: a linked list and a queue, n log n in all.
  ///
  /// A queue's entry is out of date when the pair at its place has another rank by now. If that rank is the same
  /// for another pair, then that pair has the very same entry in the queue, and taking either is the same step.
  private mutating func mergeByQueue(_ pairs: PairTable) {
    previous.removeAll(keepingCapacity: true)
    next.removeAll(keepingCapacity: true)
    queue.removeAll()
    for index in 0..<count {
      previous.append(Int32(truncatingIfNeeded: index - 1))
      next.append(index + 1 < count ? Int32(truncatingIfNeeded: index + 1) : -1)
      if ranks[index] != Self.noRank { queue.appendUnordered(ranks[index], index) }
    }
    queue.order()
    while let (rank, left) = queue.popFirst() {
      guard ranks[left] == rank else { continue }
      let right = Int(next[left])
      ids[left] = results[left]
      ranks[right] = Self.noRank
      next[left] = next[right]
      if next[right] >= 0 { previous[Int(next[right])] = Int32(truncatingIfNeeded: left) }
      // A dead symbol is told from the living by its offset.
      offsets[right] = -1
      look(at: left, Int(next[left]), pairs)
      if ranks[left] != Self.noRank { queue.insert(ranks[left], left) }
      let before = Int(previous[left])
      if before >= 0 {
        look(at: before, left, pairs)
        if ranks[before] != Self.noRank { queue.insert(ranks[before], before) }
      }
    }
    compact()
  }

  private mutating func compact() {
    var kept = 0
    for index in 0..<count where offsets[index] >= 0 {
      ids[kept] = ids[index]
      offsets[kept] = offsets[index]
      kept += 1
    }
    count = kept
  }
}
