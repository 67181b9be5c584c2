// Owns: what can go wrong between messages and a prompt.

package import ChaskiJinja

/// Why a conversation did not become a prompt.
package enum ChatError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A text is not JSON.
  case json(String, byteOffset: Int)
  /// JSON nests deeper than the bound.
  case jsonDepth(limit: Int)
  /// A message or tool lacks a field or has one of the wrong type.
  case field(String, expected: String)
  /// The model has templates, but none of the name asked for.
  case noTemplate(named: String, available: [String])
  /// A template does not compile or render.
  case template(name: String, JinjaError)

  /// One sentence.
  package var description: String {
    switch self {
    case .json(let problem, let offset): "The JSON is malformed at byte \(offset): \(problem)."
    case .jsonDepth(let limit): "The JSON nests deeper than \(limit) levels."
    case .field(let field, let expected): "The field \(field) should be \(expected)."
    case .noTemplate(let name, let available):
      available.isEmpty
        ? "The model has no chat template."
        : "The model has no chat template named \(name); it has \(available.joined(separator: ", "))."
    case .template(let name, let error): "Chat template \(name): \(error.description)"
    }
  }
}
