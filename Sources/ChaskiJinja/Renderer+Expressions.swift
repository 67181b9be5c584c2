// Owns: the value of an expression.

extension Renderer {
  func evaluate(_ expression: Expression, _ scope: Scope) throws(JinjaError) -> Value {
    try charge()
    position = expression.position
    switch expression.kind {
    case .constant(let constant): return Value(constant)
    case .name(let name): return value(named: name, scope)
    case .chain(let base, let suffixes):
      // Recursion through macros and loops comes this way, so its frame is kept small.
      try enter()
      var value = try evaluate(base, scope)
      for suffix in suffixes { value = try apply(suffix, to: value, scope) }
      leave()
      return value
    default:
      try enter()
      let value = try evaluateCompound(expression, scope)
      leave()
      return value
    }
  }

  private func value(named name: String, _ scope: Scope) -> Value {
    if let value = scope.lookUp(name) { return value }
    if let function = BuiltinFunction(rawValue: name) { return .function(function) }
    return .undefined(Undefined(.name(name)))
  }

  @inline(never)
  private func evaluateCompound(
    _ expression: Expression,
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    switch expression.kind {
    case .constant, .name, .chain: return try evaluate(expression, scope)
    case .concatenation(let terms): return try concatenation(terms, scope)
    case .arithmetic(let first, let operands): return try arithmetic(first, operands, scope)
    case .conjunction(let terms): return try firstTerm(of: terms, thatIs: false, scope)
    case .disjunction(let terms): return try firstTerm(of: terms, thatIs: true, scope)
    case .not(let operand): return .bool(!(try isTrue(try evaluate(operand, scope))))
    case .negation(let operand): return try negated(try evaluate(operand, scope))
    case .plus(let operand): return try plus(try evaluate(operand, scope))
    case .comparison(let first, let operands): return try comparison(first, operands, scope)
    case .conditional(let condition, let then, let otherwise):
      if try isTrue(try evaluate(condition, scope)) { return try evaluate(then, scope) }
      if let otherwise { return try evaluate(otherwise, scope) }
      return .undefined(
        Undefined(
          .hint(
            "the inline if-expression on line \(expression.position.line) evaluated to false and "
              + "no else section was defined."
          )
        )
      )
    case .list(let items): return try list(try evaluate(items, scope))
    case .tuple(let items): return try tuple(try evaluate(items, scope))
    case .dictionary(let entries): return try dictionary(entries, scope)
    }
  }

  private func evaluate(_ items: [Expression], _ scope: Scope) throws(JinjaError) -> [Value] {
    try reserve(elements: items.count)
    var values: [Value] = []
    values.reserveCapacity(items.count)
    for item in items { values.append(try evaluate(item, scope)) }
    return values
  }

  private func dictionary(
    _ entries: [Expression.DictionaryEntry],
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    try reserve(elements: entries.count * 2)
    var builder = DictionaryValue.Builder()
    for entry in entries {
      let key = try evaluate(entry.key, scope)
      let value = try evaluate(entry.value, scope)
      builder.set(try dictionaryKey(key), key, value)
    }
    return try checked(.dictionary(DictionaryValue(builder)))
  }

  func dictionaryKey(_ value: Value) throws(JinjaError) -> DictionaryKey {
    try charge(value.weight)
    guard let key = DictionaryKey(value) else {
      throw typeError("unhashable type: '\(value.typeName)'")
    }
    return key
  }

  private func concatenation(
    _ terms: [Expression],
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    var result = Text()
    for term in terms {
      try append(try string(try evaluate(term, scope)), to: &result)
    }
    return .string(result)
  }

  private func arithmetic(
    _ first: Expression,
    _ operands: [Expression.ArithmeticOperand],
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    var value = try evaluate(first, scope)
    for operand in operands {
      let right = try evaluate(operand.operand, scope)
      position = operand.position
      value = try calculate(operand.operation, value, right)
    }
    return value
  }

  // `and` gives its first false term, `or` its first true one; both else give the last.
  private func firstTerm(
    of terms: [Expression],
    thatIs wanted: Bool,
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    var value = Value.none
    for (index, term) in terms.enumerated() {
      value = try evaluate(term, scope)
      if index < terms.count - 1, try isTrue(value) == wanted { return value }
    }
    return value
  }

  private func comparison(
    _ first: Expression,
    _ operands: [Expression.ComparisonOperand],
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    var left = try evaluate(first, scope)
    for operand in operands {
      let right = try evaluate(operand.operand, scope)
      position = operand.position
      guard try compare(operand.operation, left, right) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  private func apply(
    _ suffix: Expression.Suffix,
    to value: Value,
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    try charge()
    if case .call(let list) = suffix.kind {
      let arguments = try evaluate(list, scope)
      position = suffix.position
      return try call(value, arguments)
    }
    return try applyAccess(suffix, to: value, scope)
  }

  @inline(never)
  private func applyAccess(
    _ suffix: Expression.Suffix,
    to value: Value,
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    switch suffix.kind {
    case .call: return value
    case .attribute(let name):
      position = suffix.position
      return try attribute(name, of: value)
    case .item(let expression):
      let index = try evaluate(expression, scope)
      position = suffix.position
      return try item(index, of: value)
    case .slice(let start, let stop, let step):
      var bounds: [Value] = []
      for expression in [start, stop, step] {
        if let expression {
          bounds.append(try evaluate(expression, scope))
        } else {
          bounds.append(.none)
        }
      }
      position = suffix.position
      return try slice(value, bounds)
    case .filter(let filter):
      let arguments = try evaluate(filter.arguments, scope)
      position = filter.position
      return try applyFilter(named: filter.name, to: value, arguments)
    case .test(let name, let list, let isNegated):
      let arguments = try evaluate(list, scope)
      position = suffix.position
      return .bool(try applyTest(named: name, to: value, arguments) != isNegated)
    }
  }

  @inline(never)
  func evaluate(
    _ list: Expression.ArgumentList,
    _ scope: Scope
  ) throws(JinjaError) -> Arguments {
    var arguments = Arguments()
    for expression in list.positional {
      arguments.positional.append(try evaluate(expression, scope))
    }
    for argument in list.named {
      arguments.named.append((argument.name, try evaluate(argument.value, scope)))
    }
    if let spread = list.spread {
      arguments.positional += try iterated(try evaluate(spread, scope))
    }
    if let spread = list.namedSpread {
      let value = try evaluate(spread, scope)
      guard case .dictionary(let dictionary) = value else {
        throw typeError("argument after ** must be a mapping, not \(value.typeName)")
      }
      try charge(dictionary.weight)
      guard dictionary.count <= limits.argumentCount else {
        throw limit(.argumentCount, limits.argumentCount)
      }
      var seen: Set<String> = []
      for argument in arguments.named { seen.insert(argument.name) }
      for (key, value) in zip(dictionary.keys, dictionary.values) {
        guard case .string(let name) = key else { throw typeError("keywords must be strings") }
        guard seen.insert(name.string).inserted else {
          throw typeError("got multiple values for keyword argument '\(name.string)'")
        }
        arguments.named.append((name.string, value))
      }
    }
    return arguments
  }
}
