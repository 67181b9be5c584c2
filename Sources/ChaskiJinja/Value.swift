// Owns: the values templates compute. Does not own what can be done with them.

/// A value while a template renders.
///
/// Lists, tuples and dictionaries are immutable, as the sandbox demands, so sharing them is free
/// and cycles cannot arise among them. The only mutable values are namespaces, loops, generators,
/// cyclers and joiners.
enum Value {
  case undefined(Undefined)
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(Text)
  case list(Elements)
  case tuple(Elements)
  case dictionary(DictionaryValue)
  case view(DictionaryView)
  case range(RangeValue)
  case generator(Generator)
  case namespace(Namespace)
  case macro(Macro)
  case loop(LoopState)
  case cycler(Cycler)
  case joiner(Joiner)
  case function(BuiltinFunction)
  case method(BoundMethod)

  init(_ constant: Expression.Constant) {
    switch constant {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let text): self = .string(text)
    }
  }

  init(_ string: String) { self = .string(Text(string)) }

  /// Python's name of the type.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .int: "int"
    case .double: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .view(let view): "dict_\(view.part.rawValue)"
    case .range: "range"
    case .generator: "generator"
    case .namespace: "Namespace"
    case .macro: "Macro"
    case .loop: "LoopContext"
    case .cycler: "Cycler"
    case .joiner: "Joiner"
    case .function, .method: "builtin_function_or_method"
    }
  }

  /// What messages about missing attributes call the value.
  var objectDescription: String {
    switch self {
    case .none: "None"
    case .namespace, .cycler, .joiner: "jinja2.utils.\(typeName) object"
    case .macro, .loop: "jinja2.runtime.\(typeName) object"
    default: "\(typeName) object"
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  var isNone: Bool {
    if case .none = self { true } else { false }
  }

  /// How deep the value nests: 0 for scalars, 1 for a list of scalars.
  var depth: Int {
    switch self {
    case .list(let elements), .tuple(let elements): elements.depth
    case .dictionary(let dictionary): dictionary.depth
    case .view(let view): view.dictionary.depth
    case .generator(let generator): generator.depth
    case .loop(let loop): loop.depth
    case .cycler(let cycler): cycler.items.depth
    case .joiner(let joiner): joiner.separator.depth + 1
    case .method(let method): method.receiver.depth
    default: 0
    }
  }

  /// What walking over the whole value costs, in steps.
  var weight: Int {
    switch self {
    case .string(let text): 1 + text.count / 32
    case .list(let elements), .tuple(let elements): elements.weight
    case .dictionary(let dictionary): dictionary.weight
    case .view(let view): view.dictionary.weight
    default: 1
    }
  }

  /// The integer that a boolean or an integer is to Python.
  var asInt: Int? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): value
    default: nil
    }
  }

  /// The number as a double, or nil if it is none.
  var asDouble: Double? {
    if case .double(let value) = self { return value }
    return asInt.map(Double.init)
  }
}
