// Owns: every way the server refuses a request, with its status. Not here: how an API spells it (APIDialect).

package import HTTPTypes

/// Why a request was not answered as asked.
package enum ServerError: Error, Sendable, Equatable {
  /// The body is not UTF-8.
  case notUTF8
  /// The body is not JSON.
  case malformedJSON(String)
  /// The body's JSON is no object.
  case notAnObject
  /// A field that the request needs is not there.
  case missing(field: String)
  /// A field has the wrong type or a value outside what it allows.
  case field(String, expected: String)
  /// A field asks for what this server cannot do.
  case unsupported(field: String, reason: String)
  /// The model's template or tokenizer refuses the conversation.
  case conversation(String)
  /// No model of this name is served.
  case unknownModel(String, available: [String])
  /// What the path or a parameter names is not there.
  case unknown(String)
  /// What was to be made is there already.
  case conflict(String)
  /// A value is outside its bounds, in a sentence that says so.
  case invalid(String)
  /// The prompt does not fit into the context window.
  case promptTooLong(tokenCount: Int, contextLength: Int)
  /// Nothing answers at this path.
  case noRoute(path: String)
  /// The path exists, but not for this method.
  case wrongMethod(method: String, path: String, allowed: [String])
  /// The body is compressed, or encoded in another way.
  case encodedBody(String)
  /// The body is larger than the server reads.
  case bodyTooLarge(limit: Int)
  /// The body ended before its end, or is encoded in no known way.
  case brokenBody
  /// The body did not arrive in time.
  case bodyTooSlow(limit: Duration)
  /// The server has keys and the request has none, or a wrong one.
  case unauthenticated(String)
  /// The key does not allow this route.
  case forbidden(String)
  /// The team or key has used what it may use for now.
  case limited(reason: String, retryAfter: Duration)
  /// More requests wait than the server lets wait.
  case overloaded(retryAfter: Duration)
  /// The model waits for memory that others use.
  case noRoom(model: String, retryAfter: Duration)
  /// The model cannot be loaded.
  case modelNotLoaded(String)
  /// The server is shutting down.
  case draining
  /// The client went away; nobody reads this.
  case clientGone
  /// This build or this model cannot do what the route is for.
  case notAvailable(String)
  /// Something broke that the client cannot mend.
  case failed(String)
}

extension ServerError {
  /// The status of the reply.
  package var status: HTTPResponse.Status {
    switch self {
    case .notUTF8, .malformedJSON, .notAnObject, .brokenBody, .missing, .field, .unsupported,
      .conversation, .invalid,
      .promptTooLong:
      .badRequest
    case .unknownModel, .unknown, .noRoute: .notFound
    case .conflict: .conflict
    case .wrongMethod: .methodNotAllowed
    case .encodedBody: .unsupportedMediaType
    case .bodyTooLarge: .contentTooLarge
    case .bodyTooSlow: .requestTimeout
    // As nginx writes it in its log; HTTP has no status for it.
    case .clientGone: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
    case .unauthenticated: .unauthorized
    case .forbidden: .forbidden
    case .limited: .tooManyRequests
    case .overloaded, .noRoom, .draining: .serviceUnavailable
    case .notAvailable: .notImplemented
    case .modelNotLoaded, .failed: .internalServerError
    }
  }

  /// The field at fault, as OpenAI's `param`.
  package var parameter: String? {
    switch self {
    case .missing(let field), .field(let field, _), .unsupported(let field, _): field
    case .unknownModel: "model"
    default: nil
    }
  }

  /// A word for programs, as OpenAI's `code`.
  package var code: String? {
    switch self {
    case .missing: "missing_required_parameter"
    case .field, .invalid: "invalid_value"
    case .unknown: "not_found"
    case .conflict: "already_exists"
    case .unsupported: "unsupported_parameter"
    case .unknownModel: "model_not_found"
    case .promptTooLong: "context_length_exceeded"
    case .noRoute: "unknown_url"
    case .wrongMethod: "method_not_allowed"
    case .encodedBody: "unsupported_encoding"
    case .bodyTooLarge: "request_too_large"
    case .bodyTooSlow: "request_timeout"
    case .unauthenticated: "invalid_api_key"
    case .forbidden: "insufficient_permissions"
    case .limited: "rate_limit_exceeded"
    case .overloaded: "overloaded"
    case .noRoom: "model_waiting"
    case .modelNotLoaded: "model_not_loaded"
    case .draining: "shutting_down"
    case .clientGone: "client_closed_request"
    case .notAvailable: "not_available"
    case .notUTF8, .malformedJSON, .notAnObject, .brokenBody, .conversation, .failed: nil
    }
  }

  /// What the log says of it: words of ours, never what a request holds.
  var logText: String {
    switch self {
    case .limited(let reason, _), .unauthenticated(let reason), .forbidden(let reason): reason
    default: code ?? "invalid_request"
    }
  }

  /// How long a client should wait before it asks again.
  package var retryAfter: Duration? {
    switch self {
    case .limited(_, let duration), .overloaded(let duration), .noRoom(_, let duration): duration
    case .draining: .seconds(1)
    default: nil
    }
  }
}

extension ServerError: CustomStringConvertible {
  /// One sentence that says what to change.
  package var description: String {
    switch self {
    case .notUTF8: "The request's body is not UTF-8."
    case .malformedJSON(let problem): "The request's body cannot be read as JSON: \(problem)"
    case .notAnObject: "The request's body must be a JSON object."
    case .brokenBody: "The request's body did not arrive whole."
    case .missing(let field): "The field \(field) is missing."
    case .field(let field, let expected): "The field \(field) must be \(expected)."
    case .unsupported(let field, let reason): "The field \(field) cannot be honoured: \(reason)"
    case .conversation(let problem), .unknown(let problem), .conflict(let problem),
      .invalid(let problem):
      problem
    case .unknownModel(let name, let available):
      "There is no model \"\(name)\" here; this server has \(available.joined(separator: ", "))."
    case .promptTooLong(let count, let length) where count == length:
      "The prompt has \(count) tokens, and in the context window of \(length) there is no room for "
        + "an answer: shorten the prompt."
    case .promptTooLong(let count, let length):
      "The prompt has \(count) tokens, but the context window holds \(length): shorten the prompt."
    case .noRoute(let path): "Nothing answers at \(path); /openapi.json lists what does."
    case .wrongMethod(let method, let path, let allowed):
      "\(path) does not take \(method), but \(allowed.joined(separator: " and "))."
    case .encodedBody(let coding):
      "The request's body comes in the coding \(coding): send it as it is."
    case .bodyTooLarge(let limit): "The request's body is larger than \(limit) bytes."
    case .bodyTooSlow(let limit): "The request's body did not arrive within \(limit)."
    case .unauthenticated(let problem), .forbidden(let problem): problem
    case .limited(let reason, _): reason
    case .overloaded: "Too many requests wait already; try again later."
    case .noRoom(let model, _):
      "The model \(model) waits for memory that others use; try again later."
    case .modelNotLoaded(let model):
      "The model \(model) cannot be loaded; the server's log says why."
    case .clientGone: "The client went away before it was answered."
    case .draining: "The server is shutting down; ask another one, or this one again later."
    case .notAvailable(let reason), .failed(let reason): reason
    }
  }
}
