// Owns: writing messages in the form that chat APIs and data sets share; reading is ChatMessage+JSON.

extension ChatMessage {
  /// The message as JSON, such that reading it gives the same message.
  package var json: JSONValue {
    var object = JSONObject()
    object["role"] = .string(role.rawValue)
    object["content"] = contentJSON
    if let reasoning { object["reasoning_content"] = .string(reasoning) }
    if let name { object["name"] = .string(name) }
    if let toolCallID { object["tool_call_id"] = .string(toolCallID) }
    if !toolCalls.isEmpty { object["tool_calls"] = .array(toolCalls.map(\.json)) }
    return .object(object)
  }

  private var contentJSON: JSONValue {
    switch content {
    case nil: .null
    case .text(let text): .string(text)
    case .parts(let parts):
      .array(
        parts.map { part in
          switch part {
          case .text(let text): ["type": "text", "text": .string(text)]
          case .other(let value): value
          }
        }
      )
    }
  }
}

extension ToolCall {
  /// The call as JSON, such that reading it gives the same call.
  package var json: JSONValue {
    var object = JSONObject()
    if let id { object["id"] = .string(id) }
    object["type"] = "function"
    var arguments = arguments
    // Arguments that are a string are read as JSON text, so one is written as such text.
    if arguments.string != nil, let text = try? arguments.jsonText() { arguments = .string(text) }
    object["function"] = ["name": .string(name), "arguments": arguments]
    return .object(object)
  }
}
