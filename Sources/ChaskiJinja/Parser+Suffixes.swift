// Owns: the grammar of what follows a primary expression: access, calls, filters and tests.

extension Parser {
  mutating func parsePostfix() throws(JinjaError) -> [Expression.Suffix] {
    var suffixes: [Expression.Suffix] = []
    while true {
      let position = current.position
      if skip(.dot) {
        suffixes.append(Expression.Suffix(position: position, kind: try parseAttribute()))
      } else if skip(.openBracket) {
        suffixes.append(Expression.Suffix(position: position, kind: try parseSubscript()))
      } else if skip(.openParenthesis) {
        suffixes.append(Expression.Suffix(position: position, kind: .call(try parseArguments())))
      } else {
        return suffixes
      }
    }
  }

  mutating func parseFiltersAndTests() throws(JinjaError) -> [Expression.Suffix] {
    var suffixes: [Expression.Suffix] = []
    while true {
      let position = current.position
      if skip(.pipe) {
        suffixes.append(Expression.Suffix(position: position, kind: .filter(try parseFilter())))
      } else if skip(name: "is") {
        suffixes.append(Expression.Suffix(position: position, kind: try parseTest()))
      } else if skip(.openParenthesis) {
        suffixes.append(Expression.Suffix(position: position, kind: .call(try parseArguments())))
      } else {
        return suffixes
      }
    }
  }

  private mutating func parseAttribute() throws(JinjaError) -> Expression.Suffix.Kind {
    let token = current
    switch token.kind {
    case .name(let name):
      advance()
      return .attribute(name)
    case .integer(let value):
      advance()
      return .item(Expression(position: token.position, kind: .constant(.int(value))))
    default:
      throw fail("expected a name or a number, found \(token.description)")
    }
  }

  private mutating func parseSubscript() throws(JinjaError) -> Expression.Suffix.Kind {
    let position = current.position
    if let slice = try parseSlice(after: nil) {
      try expect(.closeBracket)
      return slice
    }
    if isSymbol(.closeBracket) {
      advance()
      return .item(Expression(position: position, kind: .tuple([])))
    }
    var items = [try parseExpression()]
    if let slice = try parseSlice(after: items[0]) {
      try expect(.closeBracket)
      return slice
    }
    while skip(.comma) { items.append(try parseExpression()) }
    try expect(.closeBracket)
    let isSingle = items.count == 1
    return .item(isSingle ? items[0] : Expression(position: position, kind: .tuple(items)))
  }

  private mutating func parseSlice(
    after start: Expression?
  ) throws(JinjaError) -> Expression.Suffix.Kind? {
    guard skip(.colon) else { return nil }
    var stop: Expression?
    var step: Expression?
    if !isSymbol(.colon), !isSymbol(.closeBracket) { stop = try parseExpression() }
    if skip(.colon), !isSymbol(.closeBracket) { step = try parseExpression() }
    return .slice(start: start, stop: stop, step: step)
  }

  /// The arguments of a call whose opening parenthesis has been passed.
  mutating func parseArguments() throws(JinjaError) -> Expression.ArgumentList {
    var list = Expression.ArgumentList()
    var isFirst = true
    while !isSymbol(.closeParenthesis) {
      if !isFirst {
        try expect(.comma)
        if isSymbol(.closeParenthesis) { break }
      }
      isFirst = false
      if skip(.multiply) {
        guard list.spread == nil, list.namedSpread == nil else { throw misplaced() }
        list.spread = try parseExpression()
      } else if skip(.power) {
        guard list.namedSpread == nil else { throw misplaced() }
        list.namedSpread = try parseExpression()
      } else if case .name(let name) = current.kind, next.kind == .symbol(.assign) {
        guard list.namedSpread == nil else { throw misplaced() }
        advance()
        advance()
        let value = try parseExpression()
        if list.named.contains(where: { $0.name == name }) {
          throw fail("the argument '\(name)' is given twice")
        }
        guard list.named.count < limits.argumentCount else {
          throw .limit(.argumentCount, allowed: limits.argumentCount, at: current.position)
        }
        list.named.append(Expression.NamedArgument(name: name, value: value))
      } else {
        guard list.spread == nil, list.namedSpread == nil, list.named.isEmpty else {
          throw misplaced()
        }
        list.positional.append(try parseExpression())
      }
    }
    try expect(.closeParenthesis)
    return list
  }

  private func misplaced() -> JinjaError {
    fail("the arguments of a call stand in the wrong order")
  }

  /// A filter's name and arguments, after its bar.
  mutating func parseFilter() throws(JinjaError) -> Expression.FilterCall {
    let position = current.position
    let name = try parseDottedName()
    if BuiltinFilter(rawValue: name) == nil, !isConditional {
      deferredErrors.append(fail("No filter named '\(name)'.", at: position))
    }
    let arguments = skip(.openParenthesis) ? try parseArguments() : Expression.ArgumentList()
    return Expression.FilterCall(name: name, arguments: arguments, position: position)
  }

  private mutating func parseDottedName() throws(JinjaError) -> String {
    var name = try expectName()
    while skip(.dot) { name += "." + (try expectName()) }
    return name
  }

  private mutating func parseTest() throws(JinjaError) -> Expression.Suffix.Kind {
    let isNegated = skip(name: "not")
    let position = current.position
    let name = try parseDottedName()
    if BuiltinTest(rawValue: name) == nil, !isConditional {
      deferredErrors.append(fail("No test named '\(name)'.", at: position))
    }
    var arguments = Expression.ArgumentList()
    if skip(.openParenthesis) {
      arguments = try parseArguments()
    } else if startsTestArgument() {
      if isName("is") { throw fail("tests cannot be chained with 'is'") }
      arguments.positional = [try parseTestArgument()]
    }
    return .test(name: name, arguments, isNegated: isNegated)
  }

  private func startsTestArgument() -> Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and"].contains(name)
    case .string, .integer, .float, .symbol(.openBracket), .symbol(.openBrace): true
    default: false
    }
  }
}
