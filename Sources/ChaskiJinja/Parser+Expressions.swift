// Owns: the grammar of expressions, from the loosest binding to the tightest.

extension Parser {
  /// One expression.
  mutating func parseExpression(allowsConditional: Bool = true) throws(JinjaError) -> Expression {
    try enter()
    defer { leave() }
    guard allowsConditional else { return try parseDisjunction() }
    let wasConditional = isConditional
    defer { isConditional = wasConditional }
    let position = current.position
    // Whether the first part is conditional shows only after it.
    let errorCount = deferredErrors.count
    var expression = try parseDisjunction()
    var wraps = 0
    while skip(name: "if") {
      isConditional = true
      deferredErrors.removeLast(deferredErrors.count - errorCount)
      wraps += 1
      // The first part sinks one level deeper into the tree with each further `if`.
      try enter(wraps - 1)
      let condition = try parseDisjunction()
      let otherwise = skip(name: "else") ? try parseExpression() : nil
      leave(wraps - 1)
      expression = Expression(
        position: position,
        kind: .conditional(condition: condition, then: expression, otherwise: otherwise)
      )
    }
    return expression
  }

  private mutating func parseDisjunction() throws(JinjaError) -> Expression {
    let position = current.position
    var terms = [try parseConjunction()]
    while skip(name: "or") { terms.append(try parseConjunction()) }
    return terms.count == 1 ? terms[0] : Expression(position: position, kind: .disjunction(terms))
  }

  private mutating func parseConjunction() throws(JinjaError) -> Expression {
    let position = current.position
    var terms = [try parseNot()]
    while skip(name: "and") { terms.append(try parseNot()) }
    return terms.count == 1 ? terms[0] : Expression(position: position, kind: .conjunction(terms))
  }

  private mutating func parseNot() throws(JinjaError) -> Expression {
    let position = current.position
    var count = 0
    while skip(name: "not") { count += 1 }
    let operand = try parseComparison()
    guard count > 0 else { return operand }
    let once = Expression(position: position, kind: .not(operand))
    return count % 2 == 1 ? once : Expression(position: position, kind: .not(once))
  }

  private mutating func parseComparison() throws(JinjaError) -> Expression {
    let position = current.position
    let first = try parseSum()
    var operands: [Expression.ComparisonOperand] = []
    while true {
      let place = current.position
      guard let operation = skipComparison() else { break }
      operands.append(
        Expression.ComparisonOperand(
          operation: operation,
          operand: try parseSum(),
          position: place
        )
      )
    }
    if operands.isEmpty { return first }
    return Expression(position: position, kind: .comparison(first, operands))
  }

  private mutating func skipComparison() -> Expression.ComparisonOperator? {
    if case .symbol(let symbol) = current.kind,
      let operation = Expression.ComparisonOperator(rawValue: symbol.rawValue)
    {
      advance()
      return operation
    }
    if skip(name: "in") { return .contained }
    if isName("not"), next.kind == .name("in") {
      advance()
      advance()
      return .notContained
    }
    return nil
  }

  private mutating func parseSum() throws(JinjaError) -> Expression {
    let position = current.position
    let first = try parseConcatenation()
    var operands: [Expression.ArithmeticOperand] = []
    while isSymbol(.plus) || isSymbol(.minus) {
      operands.append(
        try operand(isSymbol(.plus) ? .add : .subtract) {
          (parser) throws(JinjaError) in try parser.parseConcatenation()
        }
      )
    }
    return Self.arithmetic(first, operands, position)
  }

  private mutating func operand(
    _ operation: Expression.ArithmeticOperator,
    _ parse: (inout Parser) throws(JinjaError) -> Expression
  ) throws(JinjaError) -> Expression.ArithmeticOperand {
    let position = current.position
    advance()
    return Expression.ArithmeticOperand(
      operation: operation,
      operand: try parse(&self),
      position: position
    )
  }

  private static func arithmetic(
    _ first: Expression,
    _ operands: [Expression.ArithmeticOperand],
    _ position: SourcePosition
  ) -> Expression {
    operands.isEmpty ? first : Expression(position: position, kind: .arithmetic(first, operands))
  }

  private mutating func parseConcatenation() throws(JinjaError) -> Expression {
    let position = current.position
    var terms = [try parseProduct()]
    while skip(.tilde) { terms.append(try parseProduct()) }
    return terms.count == 1
      ? terms[0] : Expression(position: position, kind: .concatenation(terms))
  }

  private mutating func parseProduct() throws(JinjaError) -> Expression {
    let position = current.position
    let first = try parsePower()
    var operands: [Expression.ArithmeticOperand] = []
    while case .symbol(let symbol) = current.kind,
      [.multiply, .divide, .floorDivide, .modulo].contains(symbol),
      let operation = Expression.ArithmeticOperator(rawValue: symbol.rawValue)
    {
      operands.append(
        try operand(operation) { (parser) throws(JinjaError) in try parser.parsePower() }
      )
    }
    return Self.arithmetic(first, operands, position)
  }

  // Powers group from the left here, unlike in Python, because they do in the reference.
  private mutating func parsePower() throws(JinjaError) -> Expression {
    let position = current.position
    let first = try parseUnary()
    var operands: [Expression.ArithmeticOperand] = []
    while isSymbol(.power) {
      operands.append(
        try operand(.power) { (parser) throws(JinjaError) in try parser.parseUnary() }
      )
    }
    return Self.arithmetic(first, operands, position)
  }

  private mutating func parseUnary(allowsFilters: Bool = true) throws(JinjaError) -> Expression {
    let position = current.position
    var expression: Expression
    if isSymbol(.minus) || isSymbol(.plus) {
      let isMinus = isSymbol(.minus)
      advance()
      try enter()
      defer { leave() }
      let operand = try parseUnary(allowsFilters: false)
      expression = Expression(
        position: position,
        kind: isMinus ? .negation(operand) : .plus(operand)
      )
    } else {
      expression = try parsePrimary()
    }
    var suffixes = try parsePostfix()
    if allowsFilters { suffixes += try parseFiltersAndTests() }
    if suffixes.isEmpty { return expression }
    expression = Expression(position: position, kind: .chain(expression, suffixes))
    return expression
  }

  /// The argument of a test written without parentheses.
  mutating func parseTestArgument() throws(JinjaError) -> Expression {
    try enter()
    defer { leave() }
    let primary = try parsePrimary()
    let suffixes = try parsePostfix()
    if suffixes.isEmpty { return primary }
    return Expression(position: primary.position, kind: .chain(primary, suffixes))
  }

  private mutating func parsePrimary() throws(JinjaError) -> Expression {
    let token = current
    func make(_ kind: Expression.Kind) -> Expression {
      Expression(position: token.position, kind: kind)
    }
    switch token.kind {
    case .name(let name):
      advance()
      return make(parseName(name))
    case .string(var text):
      advance()
      while case .string(let more) = current.kind {
        text.append(more)
        advance()
      }
      return make(.constant(.string(text)))
    case .integer(let value):
      advance()
      return make(.constant(.int(value)))
    case .float(let value):
      advance()
      return make(.constant(.double(value)))
    case .symbol(.openParenthesis):
      advance()
      let expression = try parseTuple(isParenthesised: true)
      try expect(.closeParenthesis)
      return expression
    case .symbol(.openBracket):
      advance()
      return make(.list(try parseItems(until: .closeBracket)))
    case .symbol(.openBrace):
      advance()
      return make(try parseDictionary())
    default:
      throw fail("unexpected \(token.description)")
    }
  }

  private mutating func parseName(_ name: String) -> Expression.Kind {
    switch name {
    case "true", "True": return .constant(.bool(true))
    case "false", "False": return .constant(.bool(false))
    case "none", "None": return .constant(.none)
    case "varargs": for index in macroUses.indices { macroUses[index].varargs = true }
    case "kwargs": for index in macroUses.indices { macroUses[index].kwargs = true }
    case "caller": for index in macroUses.indices { macroUses[index].caller = true }
    default: break
    }
    return .name(name)
  }

  private mutating func parseItems(until end: Token.Symbol) throws(JinjaError) -> [Expression] {
    var items: [Expression] = []
    while !isSymbol(end) {
      if !items.isEmpty { try expect(.comma) }
      if isSymbol(end) { break }
      items.append(try parseExpression())
    }
    try expect(end)
    return items
  }

  private mutating func parseDictionary() throws(JinjaError) -> Expression.Kind {
    var entries: [Expression.DictionaryEntry] = []
    while !isSymbol(.closeBrace) {
      if !entries.isEmpty { try expect(.comma) }
      if isSymbol(.closeBrace) { break }
      let key = try parseExpression()
      try expect(.colon)
      entries.append(Expression.DictionaryEntry(key: key, value: try parseExpression()))
    }
    try expect(.closeBrace)
    return .dictionary(entries)
  }

  /// One expression, or a tuple of several with commas between them.
  mutating func parseTuple(
    allowsConditional: Bool = true,
    until end: String? = nil,
    isParenthesised: Bool = false
  ) throws(JinjaError) -> Expression {
    let position = current.position
    var items: [Expression] = []
    var isTuple = false
    while true {
      if !items.isEmpty { try expect(.comma) }
      if isTupleEnd(end) { break }
      items.append(try parseExpression(allowsConditional: allowsConditional))
      guard isSymbol(.comma) else { break }
      isTuple = true
    }
    if let first = items.first, !isTuple { return first }
    guard isTuple || isParenthesised else {
      throw fail("expected an expression, found \(current.description)")
    }
    return Expression(position: position, kind: .tuple(items))
  }

  private func isTupleEnd(_ end: String?) -> Bool {
    switch current.kind {
    case .blockEnd, .variableEnd, .symbol(.closeParenthesis): true
    case .name(let name): name == end
    default: false
    }
  }
}
