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

  /// What proxies add to requests of others.
  private static let proxied = ["Forwarded", "X-Forwarded-For", "X-Real-IP"].compactMap {
    HTTPField.Name($0)
  }

  /// Without keys only this machine may ask; a page of elsewhere must not reach it by a name of its own.
  private func checkHost(_ request: Request) throws(ServerError) {
    // Nobody starts such a server; a database that loses its keys must not open it.
    guard isLoopback else {
      throw .unauthenticated("There is no key: whoever runs this server has to make one.")
    }
    // A proxy on this machine brings whom it likes, and may ask for localhost in their name.
    guard !Self.proxied.contains(where: { request.headers.contains($0) }) else {
      throw .forbidden("A server without keys does not answer through a proxy: make keys first.")
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
