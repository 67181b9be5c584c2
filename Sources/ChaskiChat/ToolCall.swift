// Owns: a tool call that a model made. Does not own finding it in a model's text.

/// A call of a tool.
package struct ToolCall: Sendable, Hashable {
  /// What a tool's answer refers to.
  package var id: String?
  /// The tool's name.
  package var name: String
  /// The arguments, commonly an object; templates see the value, not its text.
  package var arguments: JSONValue

  /// Makes a call.
  package init(id: String? = nil, name: String, arguments: JSONValue) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}
