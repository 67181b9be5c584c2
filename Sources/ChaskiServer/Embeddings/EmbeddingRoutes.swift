// Owns: the routes that give texts' vectors, OpenAI's and Ollama's. Sources: OpenAI's API reference, embeddings;
// https://github.com/ollama/ollama/blob/main/docs/api.md.

import ChaskiChat
import ChaskiTenants
import HTTPTypes
import Hummingbird

/// What gives texts' vectors.
struct EmbeddingRoutes: Sendable {
  let service: ServerService

  /// The routes.
  var routes: [Route] {
    [
      Route(.post, "/v1/embeddings", scope: .embeddings, "Vectors of texts", body: .embedding) {
        try await openAI($0, $1)
      },
      Route(.post, "/api/embed", scope: .embeddings, "Vectors of texts", body: .ollamaEmbed) {
        try await ollama($0, $1)
      },
      Route(
        .post,
        "/api/embeddings",
        scope: .embeddings,
        "A text's vector, not normalised",
        body: .ollamaEmbedding
      ) {
        try await older($0, $1)
      },
    ]
  }

  private func openAI(_ request: Request, _ context: ServerContext) async throws -> Response {
    let body = try EmbeddingRequest(await service.fields(of: request), limits: service.limits)
    let model = try await service.model(named: body.model, for: context)
    let (vectors, usage) = try await vectors(of: body.plan(model), context)
    let data = vectors.enumerated().map { index, pooled -> JSONValue in
      let vector = EmbeddingVector(pooled, dimensions: body.dimensions)
      let value = body.format == .base64 ? vector.base64 : vector.numbers
      return ["object": "embedding", "index": .int(index), "embedding": value]
    }
    let count = JSONValue.int(usage.promptTokenCount)
    return Response(
      json: [
        "object": "list", "data": .array(data), "model": .string(model.id),
        "usage": ["prompt_tokens": count, "total_tokens": count],
      ]
    )
  }

  private func ollama(_ request: Request, _ context: ServerContext) async throws -> Response {
    let start = ContinuousClock.now
    let fields = try await service.fields(of: request)
    let body = try OllamaEmbedRequest(fields, field: "input", limits: service.limits)
    let model = try await service.model(named: body.model, for: context)
    var reply: JSONObject = ["model": .string(body.model), "embeddings": []]
    if body.inputs.isEmpty { return Response(json: .object(reply)) }
    let plan = try body.plan(model)
    let (vectors, usage) = try await vectors(of: plan, context)
    reply["embeddings"] = .array(
      vectors.map { EmbeddingVector($0, dimensions: body.dimensions).numbers }
    )
    reply["total_duration"] = .int(Int((ContinuousClock.now - start) / .nanoseconds(1)))
    reply["load_duration"] = .int(Int(model.waitDuration / .nanoseconds(1)))
    reply["prompt_eval_count"] = .int(usage.promptTokenCount)
    if !plan.cutInputs.isEmpty { reply["truncated"] = .array(plan.cutInputs.map { .int($0) }) }
    return Response(json: .object(reply))
  }

  private func older(_ request: Request, _ context: ServerContext) async throws -> Response {
    let fields = try await service.fields(of: request)
    // Several texts are what /api/embed is for.
    _ = try fields.string("prompt")
    let body = try OllamaEmbedRequest(fields, field: "prompt", limits: service.limits)
    let model = try await service.model(named: body.model, for: context)
    if body.inputs.isEmpty { return Response(json: ["embedding": []]) }
    let (vectors, _) = try await vectors(of: body.plan(model), context)
    return Response(json: ["embedding": EmbeddingVector.numbers(vectors.first ?? [])])
  }

  private func vectors(
    of plan: EmbeddingPlan,
    _ context: ServerContext
  ) async throws -> (vectors: [[Float]], usage: AnswerUsage) {
    let plan = plan.plan(atOnce: service.limits.concurrentEmbeddingCount)
    let run = try await AnswerRun(plan, context: context)
    let (readers, usage) = try await run.collected()
    return (readers.map(\.embedding), usage)
  }
}
