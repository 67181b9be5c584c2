// Owns: which pages hold a sequence's positions in one group of layers. Does not own: the pages.

/// The pages of one group of layers that a sequence holds: those from `firstPosition` on.
package struct CachePageTable: Sendable, Equatable {
  /// Positions before this one are not kept.
  package var firstPosition = 0
  /// The pages, the first of which holds `firstPosition`.
  package var pages: [CachePagePool.PageID] = []

  /// A table of `pages`, the first of which holds `firstPosition`.
  package init(firstPosition: Int = 0, pages: [CachePagePool.PageID] = []) {
    self.firstPosition = firstPosition
    self.pages = pages
  }

  /// The number of the first page: it holds positions from 64 times this on.
  package var firstPage: Int { firstPosition / CacheLayout.pageLength }
  /// The number of the page after the last.
  package var endPage: Int { firstPage + pages.count }
}
