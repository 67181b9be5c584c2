// Owns: inputs made before, and walking through them.
// Not here: the file they are kept in (HistoryFile).

/// The inputs of the past, oldest first, and which of them is being looked at.
package struct InputHistory: Sendable, Equatable {
  /// The most inputs kept.
  package static let limit = 1000

  /// The inputs, oldest first.
  package private(set) var entries: [String]
  private var index: Int
  private var draft = ""

  /// The last `limit` of `entries`.
  package init(_ entries: [String] = []) {
    self.entries = entries.suffix(InputHistory.limit)
    index = self.entries.count
  }

  /// Adds an input, unless it is blank or the same as the last one, and stops looking back.
  package mutating func add(_ entry: String) {
    defer {
      index = entries.count
      draft = ""
    }
    guard !entry.allSatisfy(\.isWhitespace), entry != entries.last else { return }
    entries.append(entry)
    if entries.count > InputHistory.limit { entries.removeFirst() }
  }

  /// The input before the one shown, or nil at the oldest; keeps `current` to come back to.
  package mutating func previous(_ current: String) -> String? {
    guard index > 0 else { return nil }
    if index == entries.count { draft = current }
    index -= 1
    return entries[index]
  }

  /// The input after the one shown, at last the draft, or nil where that is shown already.
  package mutating func next() -> String? {
    guard index < entries.count else { return nil }
    index += 1
    return index == entries.count ? draft : entries[index]
  }

  /// Stops looking back.
  package mutating func reset() {
    index = entries.count
    draft = ""
  }
}
