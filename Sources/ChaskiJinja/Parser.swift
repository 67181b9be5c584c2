// Owns: the parser's walk over tokens, and blocks of statements.
// Does not own each statement (Parser+Statements) or expressions (Parser+Expressions).

/// Builds a template's tree from its tokens.
///
/// Every rule that contains itself counts its depth against `JinjaLimits.nestingDepth`, so that
/// no source overflows the stack here, when the tree is walked, or when it is freed.
struct Parser {
  private let tokens: [Token]
  let options: TemplateOptions
  let limits: JinjaLimits
  private var index = 0
  private var nesting = 0
  /// How many loops around the statement may be left by `break`.
  var loopDepth = 0
  /// What the macros around the place use.
  var macroUses: [MacroDefinition.Uses] = []
  /// Whether the place is reached only under a condition, where unknown filters may stand.
  var isConditional = false
  /// Unknown filters and tests met outside conditions; the first is thrown at the end.
  var deferredErrors: [JinjaError] = []

  init(tokens: [Token], options: TemplateOptions, limits: JinjaLimits) {
    self.tokens = tokens
    self.options = options
    self.limits = limits
  }

  var current: Token { tokens[index] }

  var next: Token { tokens[min(index + 1, tokens.count - 1)] }

  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  func fail(_ message: String) -> JinjaError { .syntax(message, at: current.position) }

  func fail(_ message: String, at position: SourcePosition) -> JinjaError {
    .syntax(message, at: position)
  }

  /// Enters a rule that may contain itself; each call is paired with `leave`.
  mutating func enter(_ levels: Int = 1) throws(JinjaError) {
    nesting += levels
    if nesting > limits.nestingDepth {
      throw .limit(.nestingDepth, allowed: limits.nestingDepth, at: current.position)
    }
  }

  mutating func leave(_ levels: Int = 1) { nesting -= levels }

  func isName(_ name: String) -> Bool { current.kind == .name(name) }

  func isSymbol(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }

  mutating func skip(name: String) -> Bool {
    guard isName(name) else { return false }
    advance()
    return true
  }

  mutating func skip(_ symbol: Token.Symbol) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: Token.Symbol) throws(JinjaError) {
    guard skip(symbol) else {
      throw fail("expected '\(symbol.rawValue)', found \(current.description)")
    }
  }

  mutating func expect(_ kind: Token.Kind) throws(JinjaError) {
    guard current.kind == kind else {
      let expected = Token(kind: kind, position: current.position).description
      throw fail("expected \(expected), found \(current.description)")
    }
    advance()
  }

  mutating func expectName() throws(JinjaError) -> String {
    guard case .name(let name) = current.kind else {
      throw fail("expected a name, found \(current.description)")
    }
    advance()
    return name
  }

  /// The whole template.
  mutating func parseTemplate() throws(JinjaError) -> [Statement] {
    let body = try parseBlock(until: [])
    if let error = deferredErrors.first { throw error }
    return body
  }

  /// The statements after a tag's words, up to one of the tags in `ends`, whose name is then the
  /// current token.
  mutating func parseBody(until ends: [String]) throws(JinjaError) -> [Statement] {
    _ = skip(.colon)
    try expect(.blockEnd)
    try enter()
    let body = try parseBlock(until: ends)
    leave()
    return body
  }

  /// The statements up to the end tag, which is then passed.
  mutating func parseBody(through end: String) throws(JinjaError) -> [Statement] {
    let body = try parseBody(until: [end])
    advance()
    return body
  }

  private mutating func parseBlock(until ends: [String]) throws(JinjaError) -> [Statement] {
    var statements: [Statement] = []
    while true {
      let position = current.position
      switch current.kind {
      case .data(let text):
        statements.append(Statement(position: position, kind: .text(text)))
        advance()
      case .variableBegin:
        advance()
        let expression = try parseTuple()
        statements.append(Statement(position: position, kind: .output(expression)))
        try expect(.variableEnd)
      case .blockBegin:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) { return statements }
        try parseStatement(into: &statements, ends: ends)
        try expect(.blockEnd)
      default:
        guard ends.isEmpty else {
          throw fail("the template ends where \(Self.list(ends)) is missing")
        }
        return statements
      }
    }
  }

  /// Tag names as messages list them.
  static func list(_ names: [String]) -> String {
    var text = ""
    for (index, name) in names.enumerated() {
      if index > 0 { text += " or " }
      text += "'\(name)'"
    }
    return text
  }
}
