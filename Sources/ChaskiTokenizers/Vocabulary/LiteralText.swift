// Owns: which parts of a text are strangers' words, in which no control token is recognised.

/// Stretches of a text that no control token may overlap.
struct LiteralText: Sendable, Equatable {
  /// Not empty, apart from each other and in order.
  private(set) var ranges: [Range<Int>]

  /// Text in which every control token counts.
  static let nowhere = LiteralText(ranges: [])
  /// Text in which none does.
  static let everywhere = LiteralText(ranges: [0..<Int.max])

  private init(ranges: [Range<Int>]) { self.ranges = ranges }

  /// The parts of `ranges` that lie in a text of `count` bytes, put in order and together.
  init(_ ranges: [Range<Int>], count: Int) {
    let inside = ranges.map { $0.clamped(to: 0..<count) }.filter { !$0.isEmpty }
    self.ranges = []
    for range in inside.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = self.ranges.last, range.lowerBound <= last.upperBound {
        let end = max(last.upperBound, range.upperBound)
        self.ranges[self.ranges.count - 1] = last.lowerBound..<end
      } else {
        self.ranges.append(range)
      }
    }
  }

  /// The greatest end that a control token beginning at `start` may have; `start` or less if none may begin there.
  func controlEnd(from start: Int) -> Int {
    let position = firstRange(after: start)
    return position < ranges.count ? ranges[position].lowerBound : Int.max
  }

  /// `start` up to `end` in order, cut where literal text begins and ends.
  func parts(_ start: Int, _ end: Int) -> [(range: Range<Int>, isLiteral: Bool)] {
    var parts: [(range: Range<Int>, isLiteral: Bool)] = []
    var done = start
    for range in ranges[firstRange(after: start)...] {
      guard range.lowerBound < end else { break }
      let inside = range.clamped(to: done..<end)
      if done < inside.lowerBound { parts.append((done..<inside.lowerBound, false)) }
      parts.append((inside, true))
      done = inside.upperBound
    }
    if done < end { parts.append((done..<end, false)) }
    return parts
  }

  /// The position of the first range that ends after `place`.
  private func firstRange(after place: Int) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = low + (high - low) / 2
      if ranges[middle].upperBound > place { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
