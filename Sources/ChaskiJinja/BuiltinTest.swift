// Owns: the tests that follow `is`.
// Source: the template designer documentation of Jinja 3.1, "List of Builtin Tests".

/// The tests.
enum BuiltinTest: String {
  case odd, even, divisibleby, defined, undefined, filter, test, none, boolean, integer, float
  case lower, upper, string, mapping, number, sequence, iterable, callable, sameas, escaped
  case isTrue = "true"
  case isFalse = "false"
  case contained = "in"
  case equalSign = "=="
  case eq, equalto
  case notEqualSign = "!="
  case ne
  case greaterSign = ">"
  case gt, greaterthan
  case greaterEqualSign = ">="
  case ge
  case lessSign = "<"
  case lt, lessthan
  case lessEqualSign = "<="
  case le

  /// The comparison that the test is, if it is one.
  var comparison: Expression.ComparisonOperator? {
    switch self {
    case .equalSign, .eq, .equalto: .equal
    case .notEqualSign, .ne: .notEqual
    case .greaterSign, .gt, .greaterthan: .greater
    case .greaterEqualSign, .ge: .greaterOrEqual
    case .lessSign, .lt, .lessthan: .less
    case .lessEqualSign, .le: .lessOrEqual
    case .contained: .contained
    default: nil
    }
  }
}

extension Renderer {
  /// Applies a test by its name, which the template may have computed.
  func applyTest(
    named name: String,
    to value: Value,
    _ arguments: Arguments
  ) throws(JinjaError) -> Bool {
    guard let test = BuiltinTest(rawValue: name) else {
      throw typeError("No test named '\(name)'.")
    }
    try charge()
    if let comparison = test.comparison {
      let parameters = try bind(arguments, ["other"], required: 1, of: "test '\(name)'")
      return try compare(comparison, value, parameters[0] ?? .none)
    }
    switch test {
    case .divisibleby, .sameas:
      let parameters = try bind(arguments, ["other"], required: 1, of: "test '\(name)'")
      let other = parameters[0] ?? .none
      if test == .sameas { return try isSame(value, other) }
      return try isEqual(try calculate(.modulo, value, other), .int(0))
    case .odd, .even:
      let remainder = try calculate(.modulo, value, .int(2))
      return try isEqual(remainder, .int(test == .odd ? 1 : 0))
    default:
      _ = try bind(arguments, [], required: 0, of: "test '\(name)'")
      return try hasNature(test, value)
    }
  }

  private func hasNature(_ test: BuiltinTest, _ value: Value) throws(JinjaError) -> Bool {
    if test == .lower || test == .upper {
      let text = try string(value)
      try charge(lookups: text.count)
      return test == .lower ? text.isLower : text.isUpper
    }
    switch (test, value) {
    case (.defined, _): return !value.isUndefined
    case (.undefined, _): return value.isUndefined
    case (.none, .none), (.boolean, .bool), (.integer, .int), (.float, .double),
      (.string, .string), (.mapping, .dictionary):
      return true
    case (.isTrue, .bool(let flag)): return flag
    case (.isFalse, .bool(let flag)): return !flag
    case (.number, _): return value.asDouble != nil
    case (.filter, .string): return BuiltinFilter(rawValue: try name(value, of: "filter")) != nil
    case (.test, .string): return BuiltinTest(rawValue: try name(value, of: "test")) != nil
    case (.callable, .macro), (.callable, .function), (.callable, .method), (.callable, .joiner),
      (.callable, .loop):
      return true
    case (.callable, .undefined): return true
    case (.sequence, .string), (.sequence, .list), (.sequence, .tuple), (.sequence, .dictionary),
      (.sequence, .range), (.sequence, .undefined):
      return true
    case (.iterable, .string), (.iterable, .list), (.iterable, .tuple), (.iterable, .dictionary),
      (.iterable, .range), (.iterable, .view), (.iterable, .generator), (.iterable, .loop),
      (.iterable, .undefined):
      return true
    default: return false
    }
  }

  // Python's `is`: scalars that Python shares are the same when equal.
  private func isSame(_ a: Value, _ b: Value) throws(JinjaError) -> Bool {
    switch (a, b) {
    case (.list(let x), .list(let y)), (.tuple(let x), .tuple(let y)): return x === y
    case (.dictionary(let x), .dictionary(let y)): return x === y
    case (.undefined(let x), .undefined(let y)): return x === y
    default:
      guard a.typeName == b.typeName else { return false }
      return try isEqual(a, b)
    }
  }
}
