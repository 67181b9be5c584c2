// Owns: which API a path belongs to, and how each API spells an error.

package import ChaskiChat
import HTTPTypes

/// One of the APIs that the server speaks.
package enum APIDialect: String, Sendable, CaseIterable {
  /// OpenAI's, under /v1.
  case openAI = "OpenAI"
  /// Anthropic's, /v1/messages.
  case anthropic = "Anthropic"
  /// Ollama's, under /api.
  case ollama = "Ollama"
  /// Chaski's own; errors look like OpenAI's.
  case native = "Chaski"

  /// The API that a path belongs to, whether or not anything answers there.
  package init(path: String) {
    if path == "/v1/messages" || path.hasPrefix("/v1/messages/") {
      self = .anthropic
    } else if path.hasPrefix("/api/") {
      self = .ollama
    } else {
      self = path.hasPrefix("/v1/") ? .openAI : .native
    }
  }

  /// The reply's body for `error`.
  package func body(of error: ServerError, requestID: String) -> JSONValue {
    switch self {
    case .openAI, .native:
      [
        "error": [
          "message": .string(error.description),
          "type": .string(Self.openAIType(error)),
          "param": error.parameter.map { .string($0) } ?? .null,
          "code": error.code.map { .string($0) } ?? .null,
        ]
      ]
    case .anthropic:
      [
        "type": "error",
        "error": [
          "type": .string(Self.anthropicType(error)), "message": .string(error.description),
        ],
        "request_id": .string(requestID),
      ]
    case .ollama: ["error": .string(error.description)]
    }
  }

  private static func openAIType(_ error: ServerError) -> String {
    switch error.status.code {
    case 401: "authentication_error"
    case 403: "permission_error"
    case 429: "rate_limit_error"
    case 500...: "server_error"
    default: "invalid_request_error"
    }
  }

  private static func anthropicType(_ error: ServerError) -> String {
    switch error.status.code {
    case 401: "authentication_error"
    case 403: "permission_error"
    case 404: "not_found_error"
    case 413: "request_too_large"
    case 429: "rate_limit_error"
    case 503: "overloaded_error"
    case 500...: "api_error"
    default: "invalid_request_error"
    }
  }
}
