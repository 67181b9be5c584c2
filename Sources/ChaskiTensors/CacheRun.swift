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
  /// One list for each of the layout's groups.
  private let pages: [PagePointers]

  /// The rows `rows`, at positions from `firstPosition`, of the sequence whose pages are in `tables`, one
  /// for each group of the layout.
  package init(
    rows: Range<Int>,
    firstPosition: Int,
    tables: [CachePageTable],
    in pool: CachePagePool
  ) {
    let layout = pool.layout
    precondition(tables.count == layout.groups.count, "tables of another layout")
    for (table, group) in zip(tables, layout.groups) {
      precondition(
        table.firstPosition <= group.span.firstPosition(seenFrom: firstPosition)
          && firstPosition + rows.count <= table.endPage * CacheLayout.pageLength,
        "pages for positions from \(table.firstPosition) on are not those that a step of "
          + "\(rows.count) rows at \(firstPosition) sees"
      )
    }
    self.rows = rows
    self.firstPosition = firstPosition
    self.layout = layout
    pages = tables.map { table in
      unsafe PagePointers(pool.addresses(of: table.pages), firstPage: table.firstPage)
    }
  }

  /// The pages that hold what `layer` keeps.
  func pages(ofLayer layer: Int) -> PagePointers {
    pages[layout.group(ofLayer: layer)]
  }
}
