// Owns: the list of everything that the server answers. Not here: how each API does it.

import ChaskiGeneration
import ChaskiTenants
import HTTPTypes
import Hummingbird
import Logging

/// Everything that the server answers.
struct RouteTable: Sendable {
  let service: ServerService
  let logger: Logger

  /// The routes of all APIs.
  var routes: [Route] {
    let apis =
      HealthRoutes(service: service).routes + OpenAIRoutes(service: service).routes
      + AnthropicRoutes(service: service).routes + OllamaRoutes(service: service).routes
      + EmbeddingRoutes(service: service).routes + InfillRoutes(service: service).routes
      + NativeRoutes(service: service).routes + AdminRoutes(service: service).routes
    let document = OpenAPIDocument(routes: apis, version: service.configuration.version)
    return apis + PageRoutes().routes + [
      Route(.get, "/openapi.json", scope: nil, "This list, as OpenAPI 3.1") { _, _ in
        Response(json: document.json)
      }
    ]
  }

  /// A router that answers them all.
  func router() -> Router<ServerContext> {
    let routes = routes
    let configuration = service.configuration
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    if !configuration.allowedOrigins.isEmpty {
      router.add(middleware: OriginMiddleware(allowed: configuration.allowedOrigins))
    }
    router.add(
      middleware: EdgeMiddleware(
        routes: routes,
        limits: configuration.limits,
        logger: logger,
        figures: service.figures
      )
    )
    router.add(
      middleware: GuardMiddleware(
        gate: service.gate,
        allowedOrigins: configuration.allowedOrigins,
        isLoopback: configuration.isLoopback
      )
    )
    for route in routes {
      router.on(RouterPath(route.path), method: route.method) { request, context in
        try await answer(request, context, by: route)
      }
    }
    return router
  }

  private func answer(
    _ request: Request,
    _ context: ServerContext,
    by route: Route
  ) async throws -> Response {
    var context = context
    if let scope = route.scope {
      guard service.readiness.phase != .draining || scope == .metrics else {
        throw ServerError.draining
      }
      context.caller = try await service.gate.caller(
        secret: Self.secret(request.headers),
        for: scope
      )
      let team = context.caller.party.team
      context.logger[metadataKey: "team"] = .string(team)
      context.notes.note(team: team)
    }
    return try await route.handler(request, context)
  }

  /// The key that a request carries, as OpenAI's clients or as Anthropic's send it.
  private static func secret(_ headers: HTTPFields) -> String? {
    if let header = headers[.authorization] {
      let parts = header.split(separator: " ", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == "bearer" { return String(parts[1]) }
    }
    return HTTPField.Name("X-Api-Key").flatMap { headers[$0] }
  }
}
