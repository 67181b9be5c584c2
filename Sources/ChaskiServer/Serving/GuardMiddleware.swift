// Owns: who is let in: hosts and origins, keys, the server's own readiness.

import HTTPTypes
import Hummingbird

/// Lets a request in, or refuses it before its body is read.
struct GuardMiddleware: RouterMiddleware {
  typealias Context = ServerContext

  let gate: any Gate
  let allowedOrigins: [String]
  /// Whether only programs of this machine can connect.
  let isLoopback: Bool

  func handle(
    _ request: Request,
    context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    context.gate = gate
    // Whoever watches over the server must not take expired keys for a server that hangs.
    if !request.uri.path.hasPrefix(HealthRoutes.prefix), await !gate.hasKeys {
      try checkHost(request)
    }
    try checkOrigin(request)
    return try await next(request, context)
  }

  /// Without keys only this machine may ask; a page of elsewhere must not reach it by a name of its own.
  private func checkHost(_ request: Request) throws(ServerError) {
    // The last key may expire while others can reach the server.
    guard isLoopback else {
      throw .unauthenticated("No key works at present: whoever runs this server has to make one.")
    }
    guard let authority = request.head.authority, !HostName(authority).isLoopback else { return }
    throw .forbidden(
      "A server without keys answers only as localhost, not as \(authority.prefix(100)): "
        + "make keys, or ask for localhost."
    )
  }

  private func checkOrigin(_ request: Request) throws(ServerError) {
    guard let origin = request.headers[.origin] else { return }
    if allowedOrigins.contains("*") || allowedOrigins.contains(origin) { return }
    let own = request.head.authority?.lowercased()
    guard let own, HostName.authority(ofOrigin: origin) == own else {
      throw .forbidden(
        "Pages of \(origin.prefix(100)) may not ask this server: --allow-origin lets them."
      )
    }
  }
}
