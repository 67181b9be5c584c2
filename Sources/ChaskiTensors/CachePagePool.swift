// Owns: the memory of the key/value cache, page by page, and who holds which page.
// Does not own: which positions of which sequence a page holds (KVSequence in ChaskiLayers).

import Synchronization

/// A pool of cache pages with a count of holders each.
///
/// Pages are reserved from the system as they are first needed, reused when their last holder lets go,
/// and shared between sequences by holding them more than once. Each group of the layout has pages of its
/// own size.
package final class CachePagePool: Sendable {
  /// A page of a pool.
  package struct PageID: Sendable, Equatable {
    /// The group of layers it holds.
    package let group: Int
    fileprivate let number: Int
  }

  private struct State {
    var memory: [AlignedMemory] = []
    var holders: [Int] = []
    var idle: [Int] = []
  }

  /// How pages are divided.
  package let layout: CacheLayout
  /// The most pages of each group that may be in use at once.
  package let pageLimits: [Int]
  private let states: Mutex<[State]>

  /// A pool of at most `pageLimit` pages for each group.
  package convenience init(layout: CacheLayout, pageLimit: Int) {
    self.init(
      layout: layout,
      pageLimits: Array(repeating: pageLimit, count: layout.groups.count)
    )
  }

  /// A pool for `sequenceCount` sequences of at most `contextLength` positions, which grow by at most
  /// `stepLength` at once.
  package convenience init(
    layout: CacheLayout,
    contextLength: Int,
    stepLength: Int,
    sequenceCount: Int = 1
  ) {
    let limits = layout.groups.map { group in
      let pages = group.pageLimit(contextLength: contextLength, stepLength: stepLength)
      let (limit, overflow) = pages.multipliedReportingOverflow(by: sequenceCount)
      return overflow ? Int.max / CacheLayout.pageLength : limit
    }
    self.init(layout: layout, pageLimits: limits)
  }

  /// A pool of at most `pageLimits` pages, one number for each group.
  package init(layout: CacheLayout, pageLimits: [Int]) {
    precondition(pageLimits.count == layout.groups.count, "limits of other groups")
    self.layout = layout
    self.pageLimits = pageLimits
    states = Mutex(Array(repeating: State(), count: layout.groups.count))
  }

  /// Pages held by someone, of all groups.
  package var usedPageCount: Int {
    layout.groups.indices.reduce(0) { $0 + usedPageCount(ofGroup: $1) }
  }

  /// Pages of `group` held by someone.
  package func usedPageCount(ofGroup group: Int) -> Int {
    states.withLock { $0[group].holders.count - $0[group].idle.count }
  }

  /// Bytes of all pages that were ever needed at once.
  package var reservedByteCount: Int {
    let counts = states.withLock { states in states.map(\.memory.count) }
    return zip(counts, layout.groups).reduce(0) { $0 + $1.0 * $1.1.pageByteCount }
  }

  /// Bytes of all pages that there may be.
  package var byteLimit: Int {
    zip(pageLimits, layout.groups).reduce(0) { sum, part in
      let bytes = part.0.multipliedReportingOverflow(by: part.1.pageByteCount)
      let (total, overflow) = sum.addingReportingOverflow(bytes.partialValue)
      return bytes.overflow || overflow ? .max : total
    }
  }

  /// A fresh page of `group` with undefined contents, held once by the caller; nil when the limit is
  /// reached.
  package func take(group: Int = 0) throws(TensorError) -> PageID? {
    if let page = states.withLock({ states -> PageID? in
      guard let number = states[group].idle.popLast() else { return nil }
      states[group].holders[number] = 1
      return PageID(group: group, number: number)
    }) {
      return page
    }
    guard states.withLock({ $0[group].holders.count }) < pageLimits[group] else { return nil }
    let memory = try AlignedMemory(byteCount: layout.groups[group].pageByteCount)
    return states.withLock { states in
      states[group].memory.append(memory)
      states[group].holders.append(1)
      return PageID(group: group, number: states[group].memory.count - 1)
    }
  }

  /// Holds `page` once more.
  package func retain(_ page: PageID) {
    states.withLock { $0[page.group].holders[page.number] += 1 }
  }

  /// Lets go of `page`.
  package func release(_ page: PageID) {
    states.withLock { states in
      let holders = states[page.group].holders[page.number]
      precondition(holders > 0, "page \(page) released more often than held")
      states[page.group].holders[page.number] = holders - 1
      if holders == 1 { states[page.group].idle.append(page.number) }
    }
  }

  /// Whether the caller is the page's only holder, and so may write to it.
  package func isSoleHolder(of page: PageID) -> Bool {
    states.withLock { $0[page.group].holders[page.number] == 1 }
  }

  /// Copies all of `source` into `destination`, a page of the same group.
  package func copy(_ source: PageID, to destination: PageID) {
    precondition(source.group == destination.group, "pages of two groups")
    let (from, to) = states.withLock { states in
      let memory = states[source.group].memory
      return (memory[source.number], memory[destination.number])
    }
    let byteCount = layout.groups[source.group].pageByteCount
    unsafe to.base.copyMemory(from: from.base, byteCount: byteCount)
  }

  /// The first byte of each of `pages`.
  func addresses(of pages: [PageID]) -> [UnsafeMutableRawPointer] {
    let memory = states.withLock { states in
      pages.map { states[$0.group].memory[$0.number] }
    }
    return unsafe memory.map { unsafe $0.base }
  }
}
