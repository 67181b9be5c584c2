// Owns: which methods each type of value has, and which of them the sandbox refuses.

/// The names of Python's methods on the values of templates.
enum Methods {
  private static let string: Set<String> = [
    "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find",
    "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
    "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper",
    "join", "ljust", "lower", "lstrip", "maketrans", "partition", "removeprefix", "removesuffix",
    "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split",
    "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill",
  ]
  private static let list: Set<String> = ["copy", "count", "index"]
  private static let mutatingList: Set<String> = [
    "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
  ]
  private static let tuple: Set<String> = ["count", "index"]
  private static let dictionary: Set<String> = [
    "copy", "fromkeys", "get", "items", "keys", "values",
  ]
  private static let mutatingDictionary: Set<String> = [
    "clear", "pop", "popitem", "setdefault", "update",
  ]

  /// Whether `value` has a method of that name that may be called.
  static func exist(_ value: Value, _ name: String) -> Bool {
    switch value {
    case .string: string.contains(name)
    case .list: list.contains(name)
    case .tuple, .range: tuple.contains(name)
    case .dictionary: dictionary.contains(name)
    case .double: name == "is_integer"
    case .int, .bool: name == "bit_length"
    case .loop: name == "cycle" || name == "changed"
    case .cycler: name == "next" || name == "reset"
    default: false
    }
  }

  /// Whether `value` has a method of that name that would change it.
  static func mutate(_ value: Value, _ name: String) -> Bool {
    switch value {
    case .list: mutatingList.contains(name)
    case .dictionary: mutatingDictionary.contains(name)
    default: false
    }
  }
}
