// Owns: writing JSON text.

extension JSONValue {
  /// The value as JSON on one line without blanks.
  ///
  /// - Throws: `ChatError.jsonDepth`; `ChatError.field` for a number that JSON does not have.
  package func jsonText(
    depthLimit: Int = JSONValue.defaultDepthLimit
  ) throws(ChatError) -> String {
    var text = ""
    try write(to: &text, depth: 0, limit: depthLimit)
    return text
  }

  private func write(to text: inout String, depth: Int, limit: Int) throws(ChatError) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .double(let value):
      guard value.isFinite else {
        throw .field("of value \(value)", expected: "a number that JSON has")
      }
      text += value.description
    case .string(let value): Self.write(value, to: &text)
    case .array(let elements):
      guard depth < limit else { throw .jsonDepth(limit: limit) }
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        try element.write(to: &text, depth: depth + 1, limit: limit)
      }
      text += "]"
    case .object(let object):
      guard depth < limit else { throw .jsonDepth(limit: limit) }
      text += "{"
      for (index, entry) in object.entries.enumerated() {
        if index > 0 { text += "," }
        Self.write(entry.key, to: &text)
        text += ":"
        try entry.value.write(to: &text, depth: depth + 1, limit: limit)
      }
      text += "}"
    }
  }

  /// Adds `string` to `text` as JSON writes it, in quotes.
  package static func write(_ string: String, to text: inout String) {
    text += "\""
    defer { text += "\"" }
    if !string.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
      text += string
      return
    }
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
