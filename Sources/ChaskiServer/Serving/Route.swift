// Owns: one thing that the server answers: where, for whom, how.

package import ChaskiTenants
package import HTTPTypes
package import Hummingbird

/// One thing that the server answers.
package struct Route: Sendable {
  /// Answers a request.
  package typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

  /// The method.
  package let method: HTTPRequest.Method
  /// The path; `**` at its end is the rest of it.
  package let path: String
  /// What a key must allow, or nil for everyone.
  package let scope: Scope?
  /// One line of what it does, for /openapi.json.
  package let summary: String
  /// What a body holds, for /openapi.json.
  package let body: BodySchema?
  /// The media type of the reply in one piece, for /openapi.json.
  package let replyType: String
  /// Answers a request.
  package let handler: Handler

  /// The route that answers `method` at `path`.
  package init(
    _ method: HTTPRequest.Method,
    _ path: String,
    scope: Scope?,
    _ summary: String,
    body: BodySchema? = nil,
    replyType: String = "application/json",
    handler: @escaping Handler
  ) {
    self.method = method
    self.path = path
    self.scope = scope
    self.summary = summary
    self.body = body
    self.replyType = replyType
    self.handler = handler
  }

  /// Whether `path` is this route's, whatever the method.
  package func matches(path: String) -> Bool {
    guard self.path.hasSuffix("**") else { return self.path == path }
    let prefix = self.path.dropLast(2)
    return path.count > prefix.count && path.hasPrefix(prefix)
  }
}
