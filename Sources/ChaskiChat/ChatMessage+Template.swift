// Owns: how templates see messages and JSON.

import ChaskiJinja

extension ChatMessage {
  /// The message as a dictionary of the keys that templates ask for.
  var templateValue: JinjaValue {
    var entries: [JinjaValue.Entry] = []
    func add(_ key: String, _ value: JinjaValue) {
      entries.append(JinjaValue.Entry(key: key, value: value))
    }
    // Templates build special tokens of roles, so known ones are trusted and others are not.
    add("role", role.isKnown ? .string(role.rawValue) : .input(role.rawValue))
    switch content {
    case nil: add("content", .none)
    case .text(let text): add("content", .input(text))
    case .parts(let parts): add("content", .list(parts.map { $0.templateValue }))
    }
    if let reasoning { add("reasoning_content", .input(reasoning)) }
    if let name { add("name", .input(name)) }
    if let toolCallID { add("tool_call_id", .input(toolCallID)) }
    if !toolCalls.isEmpty { add("tool_calls", .list(toolCalls.map { $0.templateValue })) }
    return .dictionary(entries)
  }
}

extension ChatMessage.Part {
  fileprivate var templateValue: JinjaValue {
    switch self {
    case .text(let text): ["type": "text", "text": .input(text)]
    case .other(let json): JinjaValue(json)
    }
  }
}

extension ToolCall {
  fileprivate var templateValue: JinjaValue {
    var entries: [JinjaValue.Entry] = []
    if let id { entries.append(JinjaValue.Entry(key: "id", value: .input(id))) }
    entries.append(JinjaValue.Entry(key: "type", value: "function"))
    entries.append(
      JinjaValue.Entry(
        key: "function",
        value: ["name": .input(name), "arguments": JinjaValue(arguments)]
      )
    )
    return .dictionary(entries)
  }
}

extension JinjaValue {
  /// JSON from outside: its strings and keys are marked as input.
  init(_ json: JSONValue) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .input(value)
    case .array(let elements): self = .list(elements.map { JinjaValue($0) })
    case .object(let object):
      self = .dictionary(
        object.entries.map { Entry(key: $0.key, value: JinjaValue($0.value), isInputKey: true) }
      )
    }
  }
}
