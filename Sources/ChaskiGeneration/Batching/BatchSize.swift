// Owns: how many sequences a step may continue so that it ends in time. Pure: seconds are passed in.

/// Learns from the last steps how many sequences a step can continue.
///
/// A step of a small model continues 64 sequences in three times the time of 16, so a crowd gets more tokens a second; a
/// step of a large one takes four times as long, so everybody would only wait longer for each. So a batch grows
/// beyond `least` while full steps stay within a bound, and shrinks when they do not. What is continued together changes no
/// text, so the clock may decide it.
package struct BatchSize: Sendable {
  /// A step may always continue that many: with fewer, most models compute less in the same time.
  package static let least = 16

  private let bound: Double
  private let limit: Int
  /// Sequences that the next step may continue.
  package private(set) var rows: Int

  /// At most `limit` sequences, beyond `least` only in steps that take about `bound` or less.
  package init(bound: Duration, limit: Int) {
    self.bound = bound / .seconds(1)
    self.limit = limit
    rows = min(limit, Self.least)
  }

  /// Notes that a step which continued `count` sequences took `seconds`, with all that it read beside them.
  ///
  /// An eighth more or less a step: one step that a neighbour on the machine held up changes little.
  package mutating func note(rows count: Int, seconds: Double) {
    let change = max(1, rows / 8)
    if seconds > bound {
      rows = max(min(limit, Self.least), rows - change)
    } else if count >= rows, seconds * Double(rows + change) <= bound * Double(rows) {
      rows = min(limit, rows + change)
    }
  }
}
