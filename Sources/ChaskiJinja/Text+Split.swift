// Owns: stripping, splitting and replacing, with Python's rules, marks kept.

extension Text {
  /// The range left when code points of `set` (blanks if nil) are taken off the chosen ends.
  func strippedRange(_ set: Set<UInt32>?, leading: Bool, trailing: Bool) -> Range<Int> {
    func isStripped(_ unit: UInt32) -> Bool {
      if let set { set.contains(unit & Self.scalarMask) } else { CodePoint.isSpace(unit) }
    }
    var start = 0
    var end = units.count
    if leading { while start < end, isStripped(units[start]) { start += 1 } }
    if trailing { while end > start, isStripped(units[end - 1]) { end -= 1 } }
    return start..<end
  }

  func stripped(_ characters: Text? = nil, leading: Bool = true, trailing: Bool = true) -> Text {
    var set: Set<UInt32>?
    if let characters {
      var members: Set<UInt32> = []
      for unit in characters.units { members.insert(unit & Self.scalarMask) }
      set = members
    }
    return slice(strippedRange(set, leading: leading, trailing: trailing))
  }

  func hasPrefix(_ other: Text) -> Bool {
    other.count <= count && slice(0..<other.count) == other
  }

  func hasSuffix(_ other: Text) -> Bool {
    other.count <= count && slice(count - other.count..<count) == other
  }

  var reversed: Text { Text(units: Array(units.reversed())) }

  /// The parts between runs of blanks, at most `limit` cuts made from the left; no more than
  /// `bound` parts are made, however many there are.
  func splitAtBlanks(limit: Int, bound: Int) -> [Text] {
    var parts: [Text] = []
    var index = 0
    while true {
      while index < count, CodePoint.isSpace(units[index]) { index += 1 }
      if index == count || parts.count == bound { return parts }
      if parts.count == limit { return parts + [slice(index..<count)] }
      let start = index
      while index < count, !CodePoint.isSpace(units[index]) { index += 1 }
      parts.append(slice(start..<index))
    }
  }

  /// The parts between places of `separator`, which is not empty, at most `limit` cuts made from
  /// the left.
  func split(_ separator: Text, limit: Int) -> [Text] {
    var parts: [Text] = []
    var start = 0
    for place in TextSearch(separator).all(in: self, limit: limit) {
      parts.append(slice(start..<place))
      start = place + separator.count
    }
    parts.append(slice(start..<count))
    return parts
  }

  /// The lines, with their ends if asked; no more than `bound` are made.
  func lines(keepEnds: Bool, bound: Int) -> [Text] {
    var lines: [Text] = []
    var start = 0
    var index = 0
    while index < count, lines.count < bound {
      guard CodePoint.isLineBreak(units[index]) else {
        index += 1
        continue
      }
      let end = index
      index += 1
      if scalar(end) == 0x0D, index < count, scalar(index) == 0x0A { index += 1 }
      lines.append(slice(start..<(keepEnds ? index : end)))
      start = index
    }
    if start < count, lines.count < bound { lines.append(slice(start..<count)) }
    return lines
  }

  /// How many code points replacing at `places` would give, or nil if no integer holds it.
  func countReplacing(_ old: Text, with new: Text, at placeCount: Int) -> Int? {
    let (change, overflow) = (new.count - old.count).multipliedReportingOverflow(by: placeCount)
    if overflow { return nil }
    let (sum, sumOverflow) = count.addingReportingOverflow(change)
    return sumOverflow ? nil : sum
  }

  func replacing(_ old: Text, with new: Text, at places: [Int]) -> Text {
    var result = Text()
    var start = 0
    for place in places {
      result.units.append(contentsOf: units[start..<place])
      result.append(new)
      start = place + old.count
    }
    result.units.append(contentsOf: units[start...])
    return result
  }
}
