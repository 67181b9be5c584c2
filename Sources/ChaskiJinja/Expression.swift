// Owns: the tree of an expression. Does not own its evaluation.
// Chains of one precedence are flat arrays, not left-leaning trees, so that a long chain is no
// deeper than a short one.

/// An expression and where it begins.
struct Expression: Sendable {
  let position: SourcePosition
  let kind: Kind

  /// The shapes an expression can have.
  indirect enum Kind: Sendable {
    case constant(Constant)
    case name(String)
    case concatenation([Expression])
    case arithmetic(Expression, [ArithmeticOperand])
    case conjunction([Expression])
    case disjunction([Expression])
    case not(Expression)
    case negation(Expression)
    case plus(Expression)
    case comparison(Expression, [ComparisonOperand])
    case conditional(condition: Expression, then: Expression, otherwise: Expression?)
    case list([Expression])
    case tuple([Expression])
    case dictionary([DictionaryEntry])
    case chain(Expression, [Suffix])
  }

  /// A literal.
  enum Constant: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(Text)
  }

  /// Operators on numbers, strings and lists.
  enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
  }

  /// An operator, its right side, and where the operator stands.
  struct ArithmeticOperand: Sendable {
    let operation: ArithmeticOperator
    let operand: Expression
    let position: SourcePosition
  }

  /// Operators that answer yes or no.
  enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
  }

  /// A comparison's operator, its right side, and where the operator stands.
  struct ComparisonOperand: Sendable {
    let operation: ComparisonOperator
    let operand: Expression
    let position: SourcePosition
  }

  /// A key and a value of a literal dictionary.
  struct DictionaryEntry: Sendable {
    let key: Expression
    let value: Expression
  }

  /// What follows a primary expression: access, call, filter or test.
  struct Suffix: Sendable {
    let position: SourcePosition
    let kind: Kind

    /// The shapes a suffix can have.
    enum Kind: Sendable {
      case attribute(String)
      case item(Expression)
      case slice(start: Expression?, stop: Expression?, step: Expression?)
      case call(ArgumentList)
      case filter(FilterCall)
      case test(name: String, ArgumentList, isNegated: Bool)
    }
  }

  /// A filter by name with its arguments.
  struct FilterCall: Sendable {
    let name: String
    let arguments: ArgumentList
    let position: SourcePosition
  }

  /// The arguments of a call.
  struct ArgumentList: Sendable {
    var positional: [Expression] = []
    var named: [NamedArgument] = []
    /// What stands after `*`.
    var spread: Expression?
    /// What stands after `**`.
    var namedSpread: Expression?
  }

  /// An argument given by name.
  struct NamedArgument: Sendable {
    let name: String
    let value: Expression
  }
}
