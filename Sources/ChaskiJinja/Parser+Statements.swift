// Owns: the grammar of statements.

extension Parser {
  /// Parses one tag, and its body if it has one, into `statements`.
  mutating func parseStatement(
    into statements: inout [Statement],
    ends: [String]
  ) throws(JinjaError) {
    let position = current.position
    guard case .name(let tag) = current.kind else { throw fail("expected the name of a tag") }
    advance()
    func add(_ kind: Statement.Kind) {
      statements.append(Statement(position: position, kind: kind))
    }
    switch tag {
    case "if": add(try parseIf())
    case "for": add(try parseFor())
    case "set": add(try parseSet())
    case "macro": add(try parseMacro())
    case "call": add(try parseCall(position))
    case "filter": add(try parseFilterBlock())
    case "with": add(try parseWith())
    case "block": add(try parseNamedBlock())
    case "autoescape": add(try parseAutoescape())
    case "generation": add(try parseGeneration())
    case "break", "continue": add(try parseJump(tag, position))
    case "do" where options.allowsDo: add(.evaluation(try parseTuple()))
    case "print":
      while current.kind != .blockEnd {
        add(.output(try parseExpression()))
        if current.kind != .blockEnd { try expect(.comma) }
      }
    case "include", "import", "from", "extends":
      throw fail("'\(tag)' needs other templates, and a chat template has none", at: position)
    default:
      let hint = ends.isEmpty ? "" : "; expected \(Self.list(ends))"
      throw fail("unknown tag '\(tag)'\(hint)", at: position)
    }
  }

  private mutating func parseIf() throws(JinjaError) -> Statement.Kind {
    let wasConditional = isConditional
    isConditional = true
    defer { isConditional = wasConditional }
    var branches: [Statement.Branch] = []
    while true {
      let condition = try parseTuple(allowsConditional: false)
      let body = try parseBody(until: ["elif", "else", "endif"])
      branches.append(Statement.Branch(condition: condition, body: body))
      if skip(name: "elif") { continue }
      var otherwise: [Statement] = []
      if skip(name: "else") { otherwise = try parseBody(until: ["endif"]) }
      advance()
      return .conditional(branches, otherwise: otherwise)
    }
  }

  private mutating func parseFor() throws(JinjaError) -> Statement.Kind {
    let target = try parseTarget(until: "in")
    guard skip(name: "in") else {
      throw fail("expected 'in', found \(current.description)")
    }
    let iterable = try parseTuple(allowsConditional: false, until: "recursive")
    let condition = skip(name: "if") ? try parseExpression() : nil
    let isRecursive = skip(name: "recursive")
    loopDepth += 1
    let body = try parseBody(until: ["endfor", "else"])
    loopDepth -= 1
    var otherwise: [Statement] = []
    if skip(name: "else") { otherwise = try parseBody(until: ["endfor"]) }
    advance()
    return .loop(
      Statement.Loop(
        target: target,
        iterable: iterable,
        condition: condition,
        isRecursive: isRecursive,
        body: body,
        otherwise: otherwise
      )
    )
  }

  private mutating func parseSet() throws(JinjaError) -> Statement.Kind {
    let target = try parseTarget(allowsAttribute: true)
    if skip(.assign) { return .assignment(target, try parseTuple()) }
    let filters = try parseFilters()
    return .capture(target, filters, try parseBody(through: "endset"))
  }

  private mutating func parseMacro() throws(JinjaError) -> Statement.Kind {
    let name = try expectName()
    let parameters = try parseSignature()
    let definition = try parseMacroBody(name: name, parameters: parameters, end: "endmacro")
    return .macro(definition)
  }

  private mutating func parseMacroBody(
    name: String?,
    parameters: [MacroDefinition.Parameter],
    end: String
  ) throws(JinjaError) -> MacroDefinition {
    let outerLoops = loopDepth
    loopDepth = 0
    macroUses.append(MacroDefinition.Uses())
    let body = try parseBody(through: end)
    loopDepth = outerLoops
    let uses = macroUses.removeLast()
    return MacroDefinition(name: name, parameters: parameters, body: body, uses: uses)
  }

  private mutating func parseSignature() throws(JinjaError) -> [MacroDefinition.Parameter] {
    var parameters: [MacroDefinition.Parameter] = []
    try expect(.openParenthesis)
    while !isSymbol(.closeParenthesis) {
      if !parameters.isEmpty { try expect(.comma) }
      let name = try expectName()
      let defaultValue = skip(.assign) ? try parseExpression() : nil
      if defaultValue == nil, parameters.last?.defaultValue != nil {
        throw fail("a parameter without a default follows one with a default")
      }
      if parameters.contains(where: { $0.name == name }) {
        throw fail("the parameter '\(name)' is named twice")
      }
      guard parameters.count < limits.argumentCount else {
        throw .limit(.argumentCount, allowed: limits.argumentCount, at: current.position)
      }
      parameters.append(MacroDefinition.Parameter(name: name, defaultValue: defaultValue))
    }
    try expect(.closeParenthesis)
    return parameters
  }

  private mutating func parseCall(_ position: SourcePosition) throws(JinjaError) -> Statement.Kind {
    let parameters = isSymbol(.openParenthesis) ? try parseSignature() : []
    let call = try parseExpression()
    guard case .chain(_, let suffixes) = call.kind, case .call = suffixes.last?.kind else {
      throw fail("expected a call of a macro", at: position)
    }
    return .call(call, try parseMacroBody(name: nil, parameters: parameters, end: "endcall"))
  }

  private mutating func parseFilterBlock() throws(JinjaError) -> Statement.Kind {
    var filters = [try parseFilter()]
    filters += try parseFilters()
    return .filter(filters, try parseBody(through: "endfilter"))
  }

  private mutating func parseFilters() throws(JinjaError) -> [Expression.FilterCall] {
    var filters: [Expression.FilterCall] = []
    while skip(.pipe) { filters.append(try parseFilter()) }
    return filters
  }

  private mutating func parseWith() throws(JinjaError) -> Statement.Kind {
    var bindings: [Statement.Binding] = []
    while current.kind != .blockEnd {
      if !bindings.isEmpty { try expect(.comma) }
      let target = try parseTarget()
      try expect(.assign)
      bindings.append(Statement.Binding(target: target, value: try parseExpression()))
    }
    return .with(bindings, try parseBody(through: "endwith"))
  }

  private mutating func parseNamedBlock() throws(JinjaError) -> Statement.Kind {
    let name = try expectName()
    _ = skip(name: "scoped")
    _ = skip(name: "required")
    let outerLoops = loopDepth
    loopDepth = 0
    let body = try parseBody(through: "endblock")
    loopDepth = outerLoops
    _ = skip(name: name)
    return .block(body)
  }

  private mutating func parseAutoescape() throws(JinjaError) -> Statement.Kind {
    let value = try parseExpression()
    guard case .constant(.bool(false)) = value.kind else {
      throw fail("escaping cannot be switched on in a chat template", at: value.position)
    }
    return .scope(try parseBody(through: "endautoescape"))
  }

  private mutating func parseGeneration() throws(JinjaError) -> Statement.Kind {
    let outerLoops = loopDepth
    loopDepth = 0
    let body = try parseBody(through: "endgeneration")
    loopDepth = outerLoops
    return .generation(body)
  }

  private func parseJump(
    _ tag: String,
    _ position: SourcePosition
  ) throws(JinjaError) -> Statement.Kind {
    guard loopDepth > 0 else { throw fail("'\(tag)' stands outside a loop", at: position) }
    return tag == "break" ? .breakLoop : .continueLoop
  }

  private mutating func parseTarget(
    until end: String? = nil,
    allowsAttribute: Bool = false
  ) throws(JinjaError) -> Statement.Target {
    var targets: [Statement.Target] = []
    var isTuple = false
    while true {
      if !targets.isEmpty { try expect(.comma) }
      if isTargetEnd(end) { break }
      targets.append(try parseSingleTarget(allowsAttribute: allowsAttribute))
      guard isSymbol(.comma) else { break }
      isTuple = true
    }
    if let first = targets.first, !isTuple { return first }
    guard !targets.isEmpty else {
      throw fail("expected a name to assign to, found \(current.description)")
    }
    return .tuple(targets)
  }

  private func isTargetEnd(_ end: String?) -> Bool {
    switch current.kind {
    case .blockEnd, .variableEnd, .symbol(.closeParenthesis), .symbol(.assign): true
    case .name(let name): name == end
    default: false
    }
  }

  private mutating func parseSingleTarget(
    allowsAttribute: Bool
  ) throws(JinjaError) -> Statement.Target {
    try enter()
    defer { leave() }
    if skip(.openParenthesis) {
      let target = try parseTarget(allowsAttribute: false)
      try expect(.closeParenthesis)
      return target
    }
    let position = current.position
    let name = try expectName()
    if ["true", "false", "none", "True", "False", "None"].contains(name) {
      throw fail("'\(name)' cannot be assigned to", at: position)
    }
    if allowsAttribute, skip(.dot) { return .attribute(of: name, name: try expectName()) }
    return .name(name)
  }
}
