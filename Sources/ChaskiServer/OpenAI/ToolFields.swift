// Owns: reading the tools of OpenAI's requests, and how freely the model may choose among them.

import ChaskiChat

/// Reads `tools` and `tool_choice`.
enum ToolFields {
  /// The tools that the model is told of.
  ///
  /// - Throws: `ServerError`.
  static func tools(_ fields: RequestFields) throws(ServerError) -> [ToolDefinition] {
    var tools: [ToolDefinition] = []
    for (index, element) in try fields.array("tools")?.enumerated() ?? [].enumerated() {
      let tool = ToolDefinition(json: element)
      guard element["type"]?.string ?? "function" == "function", let name = tool.name,
        !name.isEmpty
      else {
        throw .field("tools[\(index)]", expected: "a function with a name")
      }
      tools.append(tool)
    }
    switch fields["tool_choice"] {
    case nil, .string("auto")?: return tools
    case .string("none")?: return []
    default:
      throw .unsupported(
        field: "tool_choice",
        reason: "the model chooses freely (auto) or not at all (none)."
      )
    }
  }
}
