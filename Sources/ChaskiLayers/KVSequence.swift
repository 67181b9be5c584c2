// Owns: which cache pages hold a sequence's positions. Does not own: the memory (CachePagePool).

package import ChaskiTensors

/// A timeline in the key/value cache: positions 0 ..< `length`, in pages of 64.
///
/// Layers that see only a part of the past keep that part and `CacheLayout.rewindLength` positions more;
/// pages that no later position sees go back to the pool when the sequence grows.
///
/// Owned by one task. Pages whose last position is written may be shared with forks of the sequence;
/// a shared page is copied before anything is written to it. Pages return to the pool with the sequence.
package final class KVSequence {
  /// Where pages come from.
  package let pool: CachePagePool
  /// How many positions the sequence has.
  package private(set) var length = 0
  /// The pages of each group of the layout.
  private var tables: [CachePageTable]

  /// An empty sequence.
  package init(in pool: CachePagePool) {
    self.pool = pool
    tables = Array(repeating: CachePageTable(), count: pool.layout.groups.count)
  }

  deinit {
    for table in tables {
      for page in table.pages { pool.release(page) }
    }
  }

  /// A second timeline with the same past, which shares every page until one of the two writes to it.
  package func fork() -> KVSequence {
    let copy = KVSequence(in: pool)
    for table in tables {
      for page in table.pages { pool.retain(page) }
    }
    copy.tables = tables
    copy.length = length
    return copy
  }

  /// A second timeline with the same past in pages of its own, as if it had been computed again.
  ///
  /// - Throws: `CacheError.full`; `TensorError.outOfMemory`.
  package func copy() throws -> KVSequence {
    let copy = KVSequence(in: pool)
    for (group, table) in tables.enumerated() {
      copy.tables[group].firstPosition = table.firstPosition
      for page in table.pages {
        let fresh = try takePage(group)
        copy.tables[group].pages.append(fresh)
        pool.copy(page, to: fresh)
      }
    }
    copy.length = length
    return copy
  }

  /// The greatest length, at most `wanted`, that the sequence can be taken back to.
  ///
  /// Every length can be where all layers see the whole past. Else positions are gone that a token there
  /// would see; what remains is a length within `CacheLayout.rewindLength` of the greatest that the
  /// sequence has had, the beginning of a block where layers see blocks, or nothing at all.
  package func restartLength(atMost wanted: Int) -> Int {
    var result = min(wanted, length)
    var isSettled = false
    while !isSettled {
      isSettled = true
      for (table, group) in zip(tables, pool.layout.groups) {
        let first = group.span.firstPosition(seenFrom: result)
        guard first < result, first < table.firstPosition else { continue }
        // A block begins with nothing seen; of a window the beginning is gone.
        result = if case .chunk = group.span { first } else { 0 }
        isSettled = false
      }
    }
    return result
  }

  /// Forgets all positions from `newLength` on, which `restartLength` must allow.
  package func truncate(to newLength: Int) {
    precondition(newLength >= 0 && newLength <= length, "cannot truncate \(length) to \(newLength)")
    precondition(
      restartLength(atMost: newLength) == newLength,
      "positions that one at \(newLength) sees are gone"
    )
    length = newLength
    let needed = Self.pageCount(newLength)
    for group in tables.indices {
      while tables[group].endPage > needed, !tables[group].pages.isEmpty {
        pool.release(tables[group].pages.removeLast())
      }
      tables[group].firstPosition = min(tables[group].firstPosition, newLength)
    }
  }

  /// How many pages of each group the sequence holds, shared ones included.
  package var pageCounts: [Int] { tables.map(\.pages.count) }

  /// How many pages of each group `extend` takes for `count` more positions, beyond those that it gives back
  /// before.
  package func pagesNeeded(toExtendBy count: Int) -> [Int] {
    let needed = Self.pageCount(length + count)
    return zip(tables, pool.layout.groups).map { table, group in
      guard count > 0 else { return 0 }
      let kept = group.firstPositionKept(atLength: length) / CacheLayout.pageLength
      let unseen = table.pages.prefix(max(0, kept - table.firstPage))
      let given = unseen.count { pool.isSoleHolder(of: $0) }
      let isCopied =
        length % CacheLayout.pageLength != 0
        && table.pages.last.map { !pool.isSoleHolder(of: $0) } == true
      return max(0, needed - table.endPage + (isCopied ? 1 : 0) - given)
    }
  }

  /// Makes room for the step's `rows` and returns the run that will fill it.
  ///
  /// - Returns: Where the rows lie in the cache.
  /// - Throws: `CacheError.full`, with the sequence's length unchanged; `TensorError.outOfMemory`.
  package func extend(byRows rows: Range<Int>) throws -> CacheRun {
    let first = length
    releaseUnseen()
    do {
      let needed = Self.pageCount(first + rows.count)
      for group in tables.indices {
        try makeTailWritable(group)
        while tables[group].endPage < needed {
          tables[group].pages.append(try takePage(group))
        }
      }
    } catch {
      truncate(to: first)
      throw error
    }
    length += rows.count
    return CacheRun(rows: rows, firstPosition: first, tables: tables, in: pool)
  }

  /// Gives back the pages that no position from `length - rewindLength` on sees.
  private func releaseUnseen() {
    for (index, group) in pool.layout.groups.enumerated() {
      let kept = group.firstPositionKept(atLength: length) / CacheLayout.pageLength
      let gone = min(kept - tables[index].firstPage, tables[index].pages.count)
      guard gone > 0 else { continue }
      for page in tables[index].pages.prefix(gone) { pool.release(page) }
      tables[index].pages.removeFirst(gone)
      tables[index].firstPosition = kept * CacheLayout.pageLength
    }
  }

  private func makeTailWritable(_ group: Int) throws {
    guard length % CacheLayout.pageLength != 0, let last = tables[group].pages.last,
      !pool.isSoleHolder(of: last)
    else { return }
    let copy = try takePage(group)
    pool.copy(last, to: copy)
    pool.release(last)
    tables[group].pages[tables[group].pages.count - 1] = copy
  }

  private func takePage(_ group: Int) throws -> CachePagePool.PageID {
    guard let page = try pool.take(group: group) else {
      throw CacheError.full(
        positionCapacity: pool.pageLimits[group] * CacheLayout.pageLength
      )
    }
    return page
  }

  private static func pageCount(_ positions: Int) -> Int {
    (positions + CacheLayout.pageLength - 1) / CacheLayout.pageLength
  }
}
