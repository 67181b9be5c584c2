// Owns: a list that is put in order only as far as someone looks.

/// Elements of which the best come first, sorted only as far as was asked.
///
/// Choosing a token looks at a few of a hundred thousand candidates; sorting them all would cost
/// more than everything else together. Elements must all be different.
struct RankedList<Element: Comparable & Sendable>: Sendable {
  /// The elements: the first `sortedCount` are in order, and none of the rest is better than them.
  private(set) var items: [Element] = []
  /// How many elements at the front are in their final order.
  private(set) var sortedCount = 0

  /// The number of elements.
  var count: Int { items.count }

  /// Empties the list but keeps its memory.
  mutating func removeAll() {
    items.removeAll(keepingCapacity: true)
    sortedCount = 0
  }

  /// Adds an element of unknown rank.
  mutating func append(_ element: Element) { items.append(element) }

  /// Makes room for `count` elements in one step.
  mutating func reserve(_ count: Int) { items.reserveCapacity(count) }

  /// Drops all but the first `count` elements.
  mutating func keep(first count: Int) {
    guard count < items.count else { return }
    items.removeLast(items.count - count)
    sortedCount = min(sortedCount, count)
  }

  /// Drops the first `count` elements, which must be sorted.
  mutating func removeFirst(_ count: Int) {
    precondition(count <= sortedCount, "only sorted elements can be dropped from the front")
    items.removeFirst(count)
    sortedCount -= count
  }

  /// Drops the elements that do not satisfy `isKept`, in one pass.
  mutating func keep(where isKept: (Element) -> Bool) {
    var kept = 0
    var keptSorted = 0
    for index in items.indices where isKept(items[index]) {
      if kept != index { items[kept] = items[index] }
      kept += 1
      if index < sortedCount { keptSorted = kept }
    }
    items.removeLast(items.count - kept)
    sortedCount = keptSorted
  }

  /// Replaces each element; the ranks are unknown afterwards unless `keepingOrder`.
  mutating func transform(keepingOrder: Bool, _ change: (Element) -> Element) {
    for index in items.indices { items[index] = change(items[index]) }
    if !keepingOrder { sortedCount = 0 }
  }

  /// Puts the best `count` elements in order at the front.
  mutating func sort(first count: Int) {
    let end = min(count, items.count)
    guard end > sortedCount else { return }
    select(first: end)
    items[sortedCount..<end].sort(by: >)
    sortedCount = end
  }

  /// Moves the best `end` elements to the front, in any order past the sorted ones.
  private mutating func select(first end: Int) {
    var low = sortedCount
    var high = items.count
    // Quickselect; input that defeats the pivots is sorted instead, so no input is quadratic.
    var roundsLeft = 2 * (Int.bitWidth - items.count.leadingZeroBitCount)
    while low < end, end < high {
      guard high - low > 16, roundsLeft > 0 else {
        items[low..<high].sort(by: >)
        return
      }
      let boundary = partition(low, high)
      if end <= boundary { high = boundary } else { low = boundary }
      roundsLeft -= 1
    }
  }

  /// Splits `low..<high` so that what lies before the returned index is better than what follows.
  private mutating func partition(_ low: Int, _ high: Int) -> Int {
    let pivot = median(items[low], items[low + (high - low) / 2], items[high - 1])
    var left = low
    var right = high - 1
    while true {
      while items[left] > pivot { left += 1 }
      while items[right] < pivot { right -= 1 }
      if left >= right { return right + 1 }
      items.swapAt(left, right)
      left += 1
      right -= 1
    }
  }

  private func median(_ a: Element, _ b: Element, _ c: Element) -> Element {
    max(min(a, b), min(max(a, b), c))
  }
}
