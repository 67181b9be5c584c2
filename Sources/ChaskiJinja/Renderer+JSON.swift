// Owns: the filter `tojson` of chat templates: Python's `json.dumps` without HTML escapes.

extension Renderer {
  /// How JSON is laid out.
  struct JSONStyle {
    var isASCII = false
    /// What one level is indented by; nil for one line.
    var indent: Text?
    var itemSeparator = Text(", ")
    var keySeparator = Text(": ")
    var sortsKeys = false
  }

  func toJSON(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(
      arguments,
      ["ensure_ascii", "indent", "separators", "sort_keys"],
      required: 0,
      of: "tojson"
    )
    var style = JSONStyle()
    if let flag = parameters[0] { style.isASCII = try isTrue(flag) }
    switch parameters[1] {
    case nil, .some(.none): break
    case .string(let text)?: style.indent = text
    case let other?:
      let width = max(0, try checkedWidth(try integer(other)))
      style.indent = Text(String(repeating: " ", count: width))
    }
    if style.indent != nil { style.itemSeparator = Text(",") }
    if let separators = parameters[2], !separators.isNone {
      let parts = try iterated(separators)
      guard parts.count == 2 else { throw valueError("separators must be two strings") }
      style.itemSeparator = try text(parts[0], of: "tojson")
      style.keySeparator = try text(parts[1], of: "tojson")
    }
    if let flag = parameters[3] { style.sortsKeys = try isTrue(flag) }
    var result = Text()
    try append(json: value, style, level: 0, to: &result)
    return .string(result)
  }

  private func append(
    json value: Value,
    _ style: JSONStyle,
    level: Int,
    to text: inout Text
  ) throws(JinjaError) {
    try enter()
    let start = text.count
    switch value {
    case .none: text.append("null")
    case .bool(let value): text.append(value ? "true" : "false")
    case .int(let value): text.append(String(value))
    case .double(let value): text.append(Self.json(value))
    case .string(let string):
      try reserve(text: string.count)
      text.append(json: string, isASCII: style.isASCII)
    case .list(let elements), .tuple(let elements):
      try append(json: elements.items, style, level: level, to: &text)
    case .dictionary(let dictionary):
      try append(json: dictionary, style, level: level, to: &text)
    default: throw typeError("Object of type \(value.typeName) is not JSON serializable")
    }
    try reserve(text: text.count - start)
    guard text.count <= limits.stringLength else {
      throw limit(.stringLength, limits.stringLength)
    }
    leave()
  }

  private static func json(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return PythonNumber.representation(value)
  }

  private func appendBreak(
    _ style: JSONStyle,
    level: Int,
    to text: inout Text
  ) throws(JinjaError) {
    guard let indent = style.indent else { return }
    try reserve(text: indent.count * level + 1)
    text.append("\n")
    for _ in 0..<level { text.append(indent) }
  }

  private func append(
    json items: [Value],
    _ style: JSONStyle,
    level: Int,
    to text: inout Text
  ) throws(JinjaError) {
    guard !items.isEmpty else { return text.append("[]") }
    text.append("[")
    for (index, item) in items.enumerated() {
      if index > 0 { text.append(style.itemSeparator) }
      try appendBreak(style, level: level + 1, to: &text)
      try append(json: item, style, level: level + 1, to: &text)
    }
    try appendBreak(style, level: level, to: &text)
    text.append("]")
  }

  private func append(
    json dictionary: DictionaryValue,
    _ style: JSONStyle,
    level: Int,
    to text: inout Text
  ) throws(JinjaError) {
    guard dictionary.count > 0 else { return text.append("{}") }
    var places: [Value] = []
    for index in dictionary.keys.indices { places.append(.int(index)) }
    if style.sortsKeys { places = try sorted(places, by: dictionary.keys, reverse: false) }
    text.append("{")
    for (index, place) in places.enumerated() {
      guard case .int(let entry) = place else { continue }
      if index > 0 { text.append(style.itemSeparator) }
      try appendBreak(style, level: level + 1, to: &text)
      text.append(json: try jsonKey(dictionary.keys[entry]), isASCII: style.isASCII)
      text.append(style.keySeparator)
      try append(json: dictionary.values[entry], style, level: level + 1, to: &text)
    }
    try appendBreak(style, level: level, to: &text)
    text.append("}")
  }

  private func jsonKey(_ key: Value) throws(JinjaError) -> Text {
    switch key {
    case .string(let text): return text
    case .none: return Text("null")
    case .bool(let value): return Text(value ? "true" : "false")
    case .int(let value): return Text(String(value))
    case .double(let value): return Text(Self.json(value))
    default:
      throw typeError(
        "keys must be str, int, float, bool or None, not \(key.typeName)"
      )
    }
  }
}
