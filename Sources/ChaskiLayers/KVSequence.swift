// Owns: which cache pages hold a sequence's positions. Does not own: the memory (CachePagePool).

package import ChaskiTensors

/// A timeline in the key/value cache: positions 0 ..< `length`, in pages of 64.
///
/// Owned by one task. Pages whose last position is written may be shared with forks of the sequence;
/// a shared page is copied before anything is written to it. Pages return to the pool with the sequence.
package final class KVSequence {
  /// Where pages come from.
  package let pool: CachePagePool
  /// How many positions are stored.
  package private(set) var length = 0
  private var pages: [CachePagePool.PageID] = []

  /// An empty sequence.
  package init(in pool: CachePagePool) {
    self.pool = pool
  }

  deinit {
    for page in pages { pool.release(page) }
  }

  /// A second timeline with the same past, which shares every page until one of the two writes to it.
  package func fork() -> KVSequence {
    let copy = KVSequence(in: pool)
    for page in pages { pool.retain(page) }
    copy.pages = pages
    copy.length = length
    return copy
  }

  /// A second timeline with the same past in pages of its own, as if it had been computed again.
  ///
  /// - Throws: `CacheError.full`; `TensorError.outOfMemory`.
  package func copy() throws -> KVSequence {
    let copy = KVSequence(in: pool)
    for page in pages {
      guard let fresh = try pool.take() else {
        throw CacheError.full(positionCapacity: pool.pageLimit * CacheLayout.pageLength)
      }
      copy.pages.append(fresh)
      pool.copy(page, to: fresh)
    }
    copy.length = length
    return copy
  }

  /// Forgets all positions from `newLength` on.
  package func truncate(to newLength: Int) {
    precondition(newLength >= 0 && newLength <= length, "cannot truncate \(length) to \(newLength)")
    length = newLength
    let needed = Self.pageCount(newLength)
    while pages.count > needed { pool.release(pages.removeLast()) }
  }

  /// Makes room for the step's `rows` and returns the run that will fill it.
  ///
  /// - Returns: Where the rows lie in the cache.
  /// - Throws: `CacheError.full`, with the sequence unchanged; `TensorError.outOfMemory`.
  package func extend(byRows rows: Range<Int>) throws -> CacheRun {
    let first = length
    try makeTailWritable()
    let needed = Self.pageCount(length + rows.count)
    let before = pages.count
    while pages.count < needed {
      guard let page = try pool.take() else {
        while pages.count > before { pool.release(pages.removeLast()) }
        throw CacheError.full(positionCapacity: pool.pageLimit * CacheLayout.pageLength)
      }
      pages.append(page)
    }
    length += rows.count
    return CacheRun(rows: rows, firstPosition: first, pages: pages, in: pool)
  }

  private func makeTailWritable() throws {
    guard length % CacheLayout.pageLength != 0, let last = pages.last,
      !pool.isSoleHolder(of: last)
    else { return }
    guard let copy = try pool.take() else {
      throw CacheError.full(positionCapacity: pool.pageLimit * CacheLayout.pageLength)
    }
    pool.copy(last, to: copy)
    pool.release(last)
    pages[pages.count - 1] = copy
  }

  private static func pageCount(_ positions: Int) -> Int {
    (positions + CacheLayout.pageLength - 1) / CacheLayout.pageLength
  }
}
