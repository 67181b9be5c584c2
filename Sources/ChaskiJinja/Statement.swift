// Owns: the tree of statements. Does not own their execution.

/// A statement and where it begins.
struct Statement: Sendable {
  let position: SourcePosition
  let kind: Kind

  /// The shapes a statement can have.
  indirect enum Kind: Sendable {
    case text(Text)
    case output(Expression)
    case conditional([Branch], otherwise: [Statement])
    case loop(Loop)
    case assignment(Target, Expression)
    case capture(Target, [Expression.FilterCall], [Statement])
    case macro(MacroDefinition)
    case call(Expression, MacroDefinition)
    case filter([Expression.FilterCall], [Statement])
    case with([Binding], [Statement])
    case scope([Statement])
    case generation([Statement])
    case block([Statement])
    case evaluation(Expression)
    case breakLoop
    case continueLoop
  }

  /// A condition and what it guards.
  struct Branch: Sendable {
    let condition: Expression
    let body: [Statement]
  }

  /// A target and its value.
  struct Binding: Sendable {
    let target: Target
    let value: Expression
  }

  /// What can be assigned to.
  indirect enum Target: Sendable {
    case name(String)
    case attribute(of: String, name: String)
    case tuple([Target])
  }

  /// A `for` loop.
  struct Loop: Sendable {
    let target: Target
    let iterable: Expression
    let condition: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
  }
}

/// What a `macro` or the body of a `call` block defines.
final class MacroDefinition: Sendable {
  /// The name; nil for the body of a `call` block.
  let name: String?
  let parameters: [Parameter]
  let body: [Statement]
  /// Whether the body names `varargs`, `kwargs` and `caller`, and so takes what they hold.
  let uses: Uses

  /// A parameter and its default.
  struct Parameter: Sendable {
    let name: String
    let defaultValue: Expression?
  }

  /// The special variables that a macro's body names.
  struct Uses: Sendable {
    var varargs = false
    var kwargs = false
    var caller = false
  }

  init(name: String?, parameters: [Parameter], body: [Statement], uses: Uses) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.uses = uses
  }
}
