// Owns: where literal text lies after normalising. Not what may be recognised there (AddedTokens).

extension Normalizer {
  /// Where the literal parts of a stretch of text lie in `normal`, which is its normal form.
  ///
  /// Each part is normalised by itself. Where the results put together are the form of the whole, no step worked
  /// across a border, and the borders are known. Where they are not (an accent joined a letter over a border, or a
  /// step trims the ends of what it is given), all of `normal` counts as literal: tokens may then go unrecognised
  /// between the literal parts, but no stranger's text becomes a control token.
  func literals(
    _ literals: LiteralText,
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    in normal: [UInt8]
  ) -> LiteralText {
    guard literals != .nowhere, literals != .everywhere else { return literals }
    let parts = literals.parts(start, end)
    guard parts.contains(where: \.isLiteral) else { return .nowhere }
    var joined: [UInt8] = []
    joined.reserveCapacity(normal.count)
    var ranges: [Range<Int>] = []
    for part in parts {
      let from = joined.count
      joined.append(contentsOf: form(of: part.range, text, isFirst: from == 0))
      if part.isLiteral { ranges.append(from..<joined.count) }
    }
    guard let shift = spaceShift(from: joined, to: normal) else { return .everywhere }
    let shifted = ranges.map { $0.lowerBound + shift..<$0.upperBound + shift }
    return LiteralText(shifted, count: normal.count)
  }

  /// The form of a part, without what is put before a whole stretch unless it is the first.
  private func form(of range: Range<Int>, _ text: Span<UInt8>, isFirst: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for at in range { bytes.append(text[at]) }
    for step in steps {
      if case .prepend = step, !isFirst { continue }
      bytes = step.apply(bytes)
    }
    return unescapesSpaces ? Self.unescape(bytes) : bytes
  }

  /// How many bytes the space prefix put before `joined`, or nil if that is not all that differs.
  private func spaceShift(from joined: [UInt8], to normal: [UInt8]) -> Int? {
    if joined == normal { return 0 }
    guard joined.count + 1 == normal.count else { return nil }
    if spaceIsSuffix { return normal.last == 0x20 && normal.starts(with: joined) ? 0 : nil }
    return normal.first == 0x20 && normal.dropFirst().elementsEqual(joined) ? 1 : nil
  }
}
