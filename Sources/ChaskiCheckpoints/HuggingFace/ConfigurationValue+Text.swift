// Owns: a configuration's values as JSON text. Does not own: reading it.

extension ConfigurationValue {
  /// The value as JSON, objects in the order of their names, a line for each entry.
  ///
  /// A number keeps its point, as `16.0`: who reads these files tells floats from integers by it, which a
  /// general encoder does not say. JSON knows no infinity and nothing that is not a number: such a one is null.
  package func text(indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .null: return "null"
    case .bool(let value): return "\(value)"
    case .integer(let value): return "\(value)"
    case .number(let value): return value.isFinite ? "\(value)" : "null"
    case .text(let value): return Self.quoted(value)
    case .list(let values):
      return "[" + values.map { $0.text(indent: inner) }.joined(separator: ", ") + "]"
    case .object(let values) where values.isEmpty: return "{}"
    case .object(let values):
      let lines = values.sorted { $0.key < $1.key }.map {
        inner + Self.quoted($0.key) + ": " + $0.value.text(indent: inner)
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
