// Owns: where one sequence's share of a step lies in the cache.

/// The new tokens of one sequence in a step, and the pages its positions lie in.
///
/// Made once a step and used by every layer. Whoever makes it holds the pages until the step is done.
@safe package final class CacheRun {
  /// The step's rows that belong to the sequence.
  package let rows: Range<Int>
  /// The position of the first of them.
  package let firstPosition: Int
  let layout: CacheLayout
  let pages: PagePointers

  /// The rows `rows`, at positions from `firstPosition`, of the sequence in `pages`.
  package init(
    rows: Range<Int>,
    firstPosition: Int,
    pages: [CachePagePool.PageID],
    in pool: CachePagePool
  ) {
    precondition(
      firstPosition + rows.count <= pages.count * CacheLayout.pageLength,
      "\(pages.count) pages are too few for positions up to \(firstPosition + rows.count)"
    )
    self.rows = rows
    self.firstPosition = firstPosition
    layout = pool.layout
    unsafe self.pages = PagePointers(pool.addresses(of: pages))
  }
}
