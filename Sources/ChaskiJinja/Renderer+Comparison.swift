// Owns: equality, order, membership and sorting with Python's results.

extension Renderer {
  func compare(
    _ operation: Expression.ComparisonOperator,
    _ left: Value,
    _ right: Value
  ) throws(JinjaError) -> Bool {
    switch operation {
    case .equal: return try isEqual(left, right)
    case .notEqual: return !(try isEqual(left, right))
    case .contained: return try contains(right, left)
    case .notContained: return !(try contains(right, left))
    case .less: return try order(left, right, "<") { $0 < 0 }
    case .lessOrEqual: return try order(left, right, "<=") { $0 <= 0 }
    case .greater: return try order(left, right, ">") { $0 > 0 }
    case .greaterOrEqual: return try order(left, right, ">=") { $0 >= 0 }
    }
  }

  func isEqual(_ left: Value, _ right: Value) throws(JinjaError) -> Bool {
    try charge(min(left.weight, right.weight))
    if let a = left.asInt, let b = right.asInt { return a == b }
    if let a = left.asDouble, let b = right.asDouble {
      return Self.order(left, right, a, b) == 0
    }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let a), .string(let b)): return a == b
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      return a === b ? true : try areEqual(a.items, b.items)
    case (.dictionary(let a), .dictionary(let b)): return try areEqual(a, b)
    case (.range(let a), .range(let b)): return Self.areEqual(a, b)
    case (.list, _), (.tuple, _), (.dictionary, _), (.view, _): return false
    default:
      guard let a = DictionaryKey(left), let b = DictionaryKey(right) else { return false }
      return a == b
    }
  }

  func areEqual(_ a: [Value], _ b: [Value]) throws(JinjaError) -> Bool {
    guard a.count == b.count else { return false }
    for (x, y) in zip(a, b) where !(try isEqual(x, y)) { return false }
    return true
  }

  private func areEqual(_ a: DictionaryValue, _ b: DictionaryValue) throws(JinjaError) -> Bool {
    guard a !== b else { return true }
    guard a.count == b.count else { return false }
    for (key, value) in zip(a.keys, a.values) {
      guard let other = b[try dictionaryKey(key)], try isEqual(value, other) else { return false }
    }
    return true
  }

  private static func areEqual(_ a: RangeValue, _ b: RangeValue) -> Bool {
    guard a.count == b.count else { return false }
    if a.count == 0 { return true }
    return a.start == b.start && (a.count == 1 || a.step == b.step)
  }

  // -1, 0 or 1; nil if they are unordered. Integers are not rounded to doubles.
  private static func order(_ left: Value, _ right: Value, _ a: Double, _ b: Double) -> Int? {
    if a.isNaN || b.isNaN { return nil }
    if a != b { return a < b ? -1 : 1 }
    if let integer = left.asInt, case .double(let number) = right {
      return order(integer, number)
    }
    if let integer = right.asInt, case .double(let number) = left {
      return -order(integer, number)
    }
    return 0
  }

  // The two are equal after rounding, so the double is an integer, if perhaps 2^63.
  private static func order(_ integer: Int, _ number: Double) -> Int {
    guard let exact = Int(exactly: number) else { return number < 0 ? 1 : -1 }
    return integer < exact ? -1 : integer > exact ? 1 : 0
  }

  private func order(
    _ left: Value,
    _ right: Value,
    _ name: String,
    _ accepts: (Int) -> Bool
  ) throws(JinjaError) -> Bool {
    try charge(min(left.weight, right.weight))
    if let a = left.asInt, let b = right.asInt { return accepts(a < b ? -1 : a > b ? 1 : 0) }
    if let a = left.asDouble, let b = right.asDouble {
      return Self.order(left, right, a, b).map(accepts) ?? false
    }
    switch (left, right) {
    case (.undefined(let undefined), _), (_, .undefined(let undefined)):
      throw undefinedError(undefined)
    case (.string(let a), .string(let b)): return accepts(a == b ? 0 : a.precedes(b) ? -1 : 1)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      for (x, y) in zip(a.items, b.items) where !(try isEqual(x, y)) {
        return try order(x, y, name, accepts)
      }
      let counts = (a.items.count, b.items.count)
      return accepts(counts.0 < counts.1 ? -1 : counts.0 > counts.1 ? 1 : 0)
    default:
      throw typeError(
        "'\(name)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'"
      )
    }
  }

  func isLess(_ left: Value, _ right: Value) throws(JinjaError) -> Bool {
    try order(left, right, "<") { $0 < 0 }
  }

  private func contains(_ container: Value, _ item: Value) throws(JinjaError) -> Bool {
    switch container {
    case .string(let text):
      if case .undefined(let undefined) = item { throw undefinedError(undefined) }
      guard case .string(let part) = item else {
        throw typeError("'in <string>' requires string as left operand, not \(item.typeName)")
      }
      try charge(1 + (text.count + part.count) / 8)
      return TextSearch(part).first(in: text) != nil
    case .dictionary(let dictionary): return dictionary[try dictionaryKey(item)] != nil
    case .view(let view) where view.part == .keys:
      return view.dictionary[try dictionaryKey(item)] != nil
    case .none, .bool, .int, .double, .function, .method, .namespace, .macro, .loop, .cycler,
      .joiner:
      throw typeError("argument of type '\(container.typeName)' is not iterable")
    case .range(let range):
      guard let value = item.asInt, range.count > 0 else { return false }
      let bounds = [range[0], range[range.count - 1]].sorted()
      // Within the bounds the difference is at most the range's own extent, so it fits.
      guard bounds[0] <= value, value <= bounds[1] else { return false }
      return (value - range.start) % range.step == 0
    default:
      for element in try iterated(container) where try isEqual(element, item) { return true }
      return false
    }
  }

  /// The items in the order of their keys; equal keys keep the items' order.
  func sorted(
    _ items: [Value],
    by keys: [Value],
    reverse: Bool
  ) throws(JinjaError) -> [Value] {
    try reserve(elements: items.count * 2)
    var order = Array(items.indices)
    var buffer = order
    var width = 1
    while width < order.count {
      var start = 0
      while start < order.count {
        let middle = min(start + width, order.count)
        let end = min(middle + width, order.count)
        var left = start
        var right = middle
        for place in start..<end {
          var takesLeft = right >= end
          if left < middle, right < end {
            let isRightFirst =
              reverse
              ? try isLess(keys[order[left]], keys[order[right]])
              : try isLess(keys[order[right]], keys[order[left]])
            takesLeft = !isRightFirst
          }
          buffer[place] = takesLeft ? order[left] : order[right]
          if takesLeft { left += 1 } else { right += 1 }
        }
        start = end
      }
      swap(&order, &buffer)
      width *= 2
    }
    var result: [Value] = []
    result.reserveCapacity(order.count)
    for index in order { result.append(items[index]) }
    return result
  }
}
