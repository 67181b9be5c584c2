// Owns: reading messages in the form that chat APIs and data sets share.

extension ChatMessage {
  /// Reads a message.
  ///
  /// The fields are `role`, `content` as text, null or parts, `tool_calls`, `reasoning_content`,
  /// `name` and `tool_call_id`. Others are left out.
  ///
  /// - Throws: `ChatError.field` naming the field at fault.
  package init(json: JSONValue) throws(ChatError) {
    guard let role = json["role"]?.string else { throw .field("role", expected: "a string") }
    self.init(Role(rawValue: role), nil)
    content = try Self.content(json["content"])
    reasoning = try Self.string(json, "reasoning_content")
    name = try Self.string(json, "name")
    toolCallID = try Self.string(json, "tool_call_id")
    guard let calls = json["tool_calls"], calls != .null else { return }
    guard let elements = calls.array else { throw .field("tool_calls", expected: "an array") }
    for element in elements { toolCalls.append(try ToolCall(json: element)) }
  }

  private static func string(_ json: JSONValue, _ key: String) throws(ChatError) -> String? {
    guard let value = json[key], value != .null else { return nil }
    guard let string = value.string else { throw .field(key, expected: "a string") }
    return string
  }

  private static func content(_ value: JSONValue?) throws(ChatError) -> Content? {
    switch value {
    case nil, .null?: return nil
    case .string(let text)?: return .text(text)
    case .array(let elements)?:
      var parts: [Part] = []
      for element in elements {
        if element["type"]?.string == "text" {
          guard let text = element["text"]?.string else {
            throw .field("content.text", expected: "a string")
          }
          parts.append(.text(text))
        } else if element.object != nil {
          parts.append(.other(element))
        } else {
          throw .field("content", expected: "an array of objects")
        }
      }
      return .parts(parts)
    default: throw .field("content", expected: "a string, null or an array of parts")
    }
  }
}

extension ToolCall {
  /// Reads a call; arguments given as JSON text are read as JSON.
  ///
  /// - Throws: `ChatError.field`, or `ChatError.json` for arguments that are not JSON.
  package init(json: JSONValue) throws(ChatError) {
    let function = json["function"] ?? json
    guard let name = function["name"]?.string else {
      throw .field("tool_calls.function.name", expected: "a string")
    }
    var arguments = function["arguments"] ?? .object(JSONObject())
    if let text = arguments.string { arguments = try JSONValue(parsing: text) }
    self.init(id: json["id"]?.string, name: name, arguments: arguments)
  }
}
