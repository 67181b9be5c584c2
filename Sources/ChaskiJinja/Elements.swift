// Owns: the contents of lists and tuples, measured once so that walking them can be paid ahead.

/// The items of a list or tuple.
final class Elements {
  let items: [Value]
  /// One more than the deepest item's.
  let depth: Int
  /// One more than the items' together, capped.
  let weight: Int
  /// Whether the items are a key and a list that the filter `groupby` made.
  let isGroup: Bool

  init(_ items: [Value], isGroup: Bool = false) {
    var depth = 0
    var weight = 1
    for item in items {
      depth = max(depth, item.depth)
      let (sum, overflow) = weight.addingReportingOverflow(item.weight)
      weight = overflow ? .max : sum
    }
    self.items = items
    self.depth = depth + 1
    self.weight = weight
    self.isGroup = isGroup
  }

}
