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
      Route(.post, "/api/chat", scope: .chat, "Answer a conversation", body: .ollamaChat) {
        try await chat($0, $1)
      },
      Route(.post, "/api/generate", scope: .completions, "Answer a prompt", body: .ollamaGenerate) {
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
      Route(.post, "/api/show", scope: .models, "One model", body: .ollamaShow) { request, _ in
        let fields = try await service.fields(of: request)
        // Older clients call it `name`.
        let name = try fields.string("name") ?? fields.required("model")
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
    let start = ContinuousClock.now
    let fields = try await service.fields(of: request)
    let body = try OllamaChatRequest(fields, limits: service.limits)
    var reply = OllamaReply(.chat, model: body.model, created: Date(), start: start)
    guard !body.messages.isEmpty else { return try await load(reply, body.model, fields, context) }
    let model = try await model(body.model, fields, context)
    reply.loadDuration = model.waitDuration
    if body.logprobCount != nil { reply.logprobs = ChatLogprobs(model.tokenizer) }
    let plan = try body.conversation(model, service.limits).plan(model)
    return try await answer(plan, reply, isStreamed: body.isStreamed, context)
  }

  private func generate(_ request: Request, _ context: ServerContext) async throws -> Response {
    let start = ContinuousClock.now
    let fields = try await service.fields(of: request)
    let body = try OllamaGenerateRequest(fields, limits: service.limits)
    var reply = OllamaReply(.generate, model: body.model, created: Date(), start: start)
    guard !body.prompt.isEmpty || body.suffix != nil else {
      return try await load(reply, body.model, fields, context)
    }
    let model = try await model(body.model, fields, context)
    reply.loadDuration = model.waitDuration
    if body.logprobCount != nil { reply.logprobs = ChatLogprobs(model.tokenizer) }
    let plan = try body.plan(model, service.limits)
    return try await answer(plan, reply, isStreamed: body.isStreamed, context)
  }

  /// Answers a request that asks nothing: it wants the model to be there, or to leave.
  private func load(
    _ reply: OllamaReply,
    _ name: String,
    _ fields: RequestFields,
    _ context: ServerContext
  ) async throws -> Response {
    var reply = reply
    let keepAlive = try keepAlive(fields, context)
    // What is not loaded has left already.
    if try keepAlive != .lasting(.zero) || service.registry.listing(named: name).isLoaded {
      reply.loadDuration = try await model(name, fields, context).waitDuration
    }
    return Response(json: reply.loaded(keepAlive))
  }

  private func model(
    _ name: String,
    _ fields: RequestFields,
    _ context: ServerContext
  ) async throws -> ServedModel {
    let keepAlive = try keepAlive(fields, context)
    return try await service.model(named: name, for: context, keepAlive: keepAlive)
  }

  /// How long the model is to stay, which on a server with keys is not for everyone to say.
  private func keepAlive(
    _ fields: RequestFields,
    _ context: ServerContext
  ) throws(ServerError) -> KeepAlive? {
    let wish = try KeepAlive(fields)
    let principal = context.caller.principal
    let isEntitled = principal?.keyID == nil || principal?.scopes.contains(.admin) == true
    return isEntitled ? wish : nil
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
