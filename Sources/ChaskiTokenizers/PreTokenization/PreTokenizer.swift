// Owns: cutting a text into the pieces that a model sees one by one. Not the patterns (SplitStage) nor the models.

/// Stages that cut a text, each the pieces of the one before.
struct PreTokenizer: Sendable, Equatable {
  var stages: [SplitStage] = []

  /// Walks over the pieces of `start..<end` in order, without keeping them.
  func cursor(_ start: Int, _ end: Int) -> Cursor {
    var ends = [Int](repeating: start, count: stages.count + 1)
    ends[0] = end
    return Cursor(stages: stages, position: start, ends: ends)
  }

  /// A place in a text and, for each stage, the end of the piece around it.
  struct Cursor {
    fileprivate let stages: [SplitStage]
    fileprivate var position: Int
    fileprivate var ends: [Int]

    /// The next piece, or nil at the end.
    mutating func next(_ text: Span<UInt8>, _ table: Span<UInt8>) -> Range<Int>? {
      let start = position
      guard start < ends[0] else { return nil }
      for depth in 0..<stages.count where ends[depth + 1] <= start {
        ends[depth + 1] = stages[depth].pieceEnd(text, start, ends[depth], table)
      }
      position = ends[stages.count]
      return start..<position
    }
  }
}
