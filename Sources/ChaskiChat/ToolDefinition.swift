// Owns: a tool offered to a model.

/// A tool that the model may call.
package struct ToolDefinition: Sendable, Hashable {
  /// The definition as templates see it: `{"type": "function", "function": {...}}`.
  package let json: JSONValue

  /// Takes a definition as it came, so that its keys keep their order.
  package init(json: JSONValue) { self.json = json }

  /// Defines a function.
  ///
  /// - Parameters:
  ///   - name: The function's name.
  ///   - description: What it does, for the model.
  ///   - parameters: A JSON schema of its arguments.
  package init(name: String, description: String, parameters: JSONValue) {
    json = [
      "type": "function",
      "function": [
        "name": .string(name), "description": .string(description), "parameters": parameters,
      ],
    ]
  }

  /// The function's name, if the definition has one.
  package var name: String? { (json["function"] ?? json)["name"]?.string }
}
