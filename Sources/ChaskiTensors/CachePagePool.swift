// Owns: the memory of the key/value cache, page by page, and who holds which page.
// Does not own: which positions of which sequence a page holds (KVCache in ChaskiLayers).

import Synchronization

/// A pool of cache pages with a count of holders each.
///
/// Pages are reserved from the system as they are first needed, reused when their last holder lets go,
/// and shared between sequences by holding them more than once.
package final class CachePagePool: Sendable {
  /// A page's number in its pool.
  package typealias PageID = Int

  private struct State {
    var memory: [AlignedMemory] = []
    var holders: [Int] = []
    var idle: [PageID] = []
  }

  /// How pages are divided.
  package let layout: CacheLayout
  /// The most pages that may be in use at once.
  package let pageLimit: Int
  private let state = Mutex(State())

  /// A pool of at most `pageLimit` pages.
  package init(layout: CacheLayout, pageLimit: Int) {
    self.layout = layout
    self.pageLimit = pageLimit
  }

  /// Pages held by someone.
  package var usedPageCount: Int {
    state.withLock { $0.holders.count - $0.idle.count }
  }

  /// A fresh page with undefined contents, held once by the caller; nil when the limit is reached.
  package func take() throws(TensorError) -> PageID? {
    if let page = state.withLock({ state -> PageID? in
      guard let page = state.idle.popLast() else { return nil }
      state.holders[page] = 1
      return page
    }) {
      return page
    }
    guard state.withLock({ $0.holders.count }) < pageLimit else { return nil }
    let memory = try AlignedMemory(byteCount: layout.pageByteCount)
    return state.withLock { state in
      state.memory.append(memory)
      state.holders.append(1)
      return state.memory.count - 1
    }
  }

  /// Holds `page` once more.
  package func retain(_ page: PageID) {
    state.withLock { $0.holders[page] += 1 }
  }

  /// Lets go of `page`.
  package func release(_ page: PageID) {
    state.withLock { state in
      precondition(state.holders[page] > 0, "page \(page) released more often than held")
      state.holders[page] -= 1
      if state.holders[page] == 0 { state.idle.append(page) }
    }
  }

  /// Whether the caller is the page's only holder, and so may write to it.
  package func isSoleHolder(of page: PageID) -> Bool {
    state.withLock { $0.holders[page] == 1 }
  }

  /// Copies all of `source` into `destination`.
  package func copy(_ source: PageID, to destination: PageID) {
    let (from, to) = state.withLock { ($0.memory[source], $0.memory[destination]) }
    unsafe to.base.copyMemory(from: from.base, byteCount: layout.pageByteCount)
  }

  /// The first byte of each of `pages`.
  func addresses(of pages: [PageID]) -> [UnsafeMutableRawPointer] {
    let memory = state.withLock { state in pages.map { state.memory[$0] } }
    return unsafe memory.map { unsafe $0.base }
  }
}
