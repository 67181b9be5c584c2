// Owns: Ollama's routes. Source: https://github.com/ollama/ollama/blob/main/docs/api.md.

import ChaskiChat
import ChaskiTenants
import Foundation
import HTTPTypes
import Hummingbird

/// What answers under /api, but for embeddings.
struct OllamaRoutes: Sendable {
  let service: ServerService

  /// The routes.
  var routes: [Route] {
    [
      Route(.post, "/api/chat", scope: .chat, "Answer a conversation") { try await chat($0, $1) },
      Route(.post, "/api/generate", scope: .completions, "Answer a prompt") {
        try await generate($0, $1)
      },
      Route(.get, "/api/tags", scope: .models, "The models") { _, _ in
        let models = service.registry.listings.map { OllamaModels(listing: $0).listed }
        return Response(json: ["models": .array(models)])
      },
      Route(.get, "/api/ps", scope: .models, "The models that are loaded") { _, _ in
        let models = service.registry.listings.filter(\.isLoaded).map {
          OllamaModels(listing: $0).running
        }
        return Response(json: ["models": .array(models)])
      },
      Route(.post, "/api/show", scope: .models, "One model") { request, _ in
        let fields = try await request.fields(service.configuration.limits)
        let name = try fields.string("model") ?? fields.required("name")
        return Response(
          json: OllamaModels(listing: try service.registry.listing(named: name)).shown
        )
      },
      Route(.get, "/api/version", scope: nil, "The version") { _, _ in
        Response(json: ["version": .string(service.configuration.version)])
      },
    ]
  }

  private func chat(_ request: Request, _ context: ServerContext) async throws -> Response {
    let limits = service.configuration.limits
    let body = try OllamaChatRequest(await request.fields(limits))
    let (model, keepAlive) = try await self.model(body.model, body.fields, context)
    let reply = OllamaReply(.chat, model: body.model, created: Date())
    if body.messages.isEmpty { return Response(json: reply.loaded(keepAlive)) }
    let plan = try body.conversation(model, limits).plan(model)
    return try await answer(plan, reply, isStreamed: body.isStreamed, context)
  }

  private func generate(_ request: Request, _ context: ServerContext) async throws -> Response {
    let limits = service.configuration.limits
    let body = try OllamaGenerateRequest(await request.fields(limits))
    let (model, keepAlive) = try await self.model(body.model, body.fields, context)
    let reply = OllamaReply(.generate, model: body.model, created: Date())
    if body.prompt.isEmpty, body.suffix == nil { return Response(json: reply.loaded(keepAlive)) }
    let plan = try body.plan(model, limits)
    return try await answer(plan, reply, isStreamed: body.isStreamed, context)
  }

  /// The model, and how long it is to stay, which on a server with keys is not for everyone to say.
  private func model(
    _ name: String,
    _ fields: RequestFields,
    _ context: ServerContext
  ) async throws -> (ServedModel, KeepAlive?) {
    let wish = try KeepAlive(fields)
    let principal = context.caller.principal
    let isEntitled = principal?.keyID == nil || principal?.scopes.contains(.admin) == true
    let keepAlive = isEntitled ? wish : nil
    let model = try await service.registry.model(
      named: name,
      presence: context.presence,
      keepAlive: keepAlive
    )
    return (model, keepAlive)
  }

  private func answer(
    _ plan: AnswerPlan,
    _ reply: OllamaReply,
    isStreamed: Bool,
    _ context: ServerContext
  ) async throws -> Response {
    let run = try await AnswerRun(plan, context: context)
    var reply = reply
    reply.dropped = plan.dropped
    if isStreamed { return run.streamed(reply) }
    let (readers, _) = try await run.collected()
    guard let reader = readers.first else { throw ServerError.draining }
    return run.response(reply.json(reader))
  }
}
