// Owns: reading the tools of requests, and how freely the model may choose among them.

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

  /// Refuses tools of any form, but where the model may not call them anyway.
  ///
  /// - Throws: `ServerError`.
  static func refuse(_ fields: RequestFields) throws(ServerError) {
    guard let tools = try fields.array("tools"), !tools.isEmpty else { return }
    let choice = fields["tool_choice"]
    guard choice == .string("none") || choice?["type"] == .string("none") else { throw .noTools }
  }
}

extension ServerError {
  /// What a request with tools is told.
  ///
  /// A client that offers tools waits for calls in the reply. As long as they are not read out of answers it would
  /// take a call for what the model says to the user.
  static let noTools = ServerError.unsupported(
    field: "tools",
    reason:
      "calls of tools are not read out of answers yet; /apply-template makes prompts with tools."
  )
}
