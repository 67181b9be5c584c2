// Owns: which pages of other origins may read replies.

import HTTPTypes
import Hummingbird
import NIOCore

/// Answers preflight requests and marks replies, for pages of the origins that are allowed.
struct OriginMiddleware: RouterMiddleware {
  typealias Context = ServerContext

  /// The origins; `*` is all.
  let allowed: [String]

  func handle(
    _ request: Request,
    context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    guard let origin = request.headers[.origin],
      allowed.contains("*") || allowed.contains(origin)
    else { return try await next(request, context) }
    // Clients of these APIs send headers of their own (x-stainless-*, anthropic-version): what is asked for
    // is allowed, because no header of theirs gives a page more rights.
    let asked = (request.headers[.accessControlRequestHeaders] ?? "").split(separator: ",")
    let names = asked.compactMap { HTTPField.Name(String($0.filter { $0 != " " })) }
    let reader: CORSMiddleware<ServerContext>.AllowOriginExtended =
      .custom(allowed.contains("*") ? "*" : origin)
    let exposed: [HTTPField.Name] = [
      .requestID, .anthropicRequestID, .retryAfter, .cachedTokens, .droppedMessages,
    ]
    let policy = CORSMiddleware<ServerContext>(
      allowOrigin: reader,
      allowHeaders: [.accept, .authorization, .contentType, .origin] + names,
      allowMethods: [.get, .post, .patch, .delete, .options],
      exposedHeaders: exposed.map(\.rawName),
      maxAge: .hours(1)
    )
    return try await policy.handle(request, context: context, next: next)
  }
}
