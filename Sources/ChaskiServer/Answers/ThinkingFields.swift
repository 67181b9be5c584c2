// Owns: how clients of each API say how much a model should think, in the words of chat templates.

import ChaskiChat

/// Reads wishes about thinking, as variables of chat templates.
enum ThinkingFields {
  /// OpenAI's `effort`; `none` turns thinking off where a template can.
  static func openAI(effort: String?) -> [String: JSONValue] {
    guard let effort else { return [:] }
    var variables: [String: JSONValue] = ["reasoning_effort": .string(effort)]
    if effort == "none" { variables["enable_thinking"] = false }
    return variables
  }

  /// Anthropic's `thinking`, and the effort of `output_config`.
  ///
  /// - Throws: `ServerError.field`.
  static func anthropic(_ fields: RequestFields) throws(ServerError) -> [String: JSONValue] {
    var variables: [String: JSONValue] = [:]
    if let effort = try fields.fields("output_config")?.string("effort") {
      variables["reasoning_effort"] = .string(effort)
    }
    if let thinking = try fields.fields("thinking")?.string("type") {
      variables["enable_thinking"] = .bool(thinking != "disabled")
    }
    return variables
  }

  /// Ollama's `think`: true, false or one of its levels.
  ///
  /// - Throws: `ServerError.field`.
  static func ollama(_ fields: RequestFields) throws(ServerError) -> [String: JSONValue] {
    switch fields["think"] {
    case nil: return [:]
    case .bool(let thinks)?: return ["enable_thinking": .bool(thinks)]
    case .string(let level)? where ["low", "medium", "high"].contains(level):
      return ["enable_thinking": true, "reasoning_effort": .string(level)]
    default:
      throw .field(fields.name("think"), expected: "true, false, \"low\", \"medium\" or \"high\"")
    }
  }
}
