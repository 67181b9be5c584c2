// Owns: Anthropic's routes. Source: https://docs.anthropic.com/en/api/messages.

import ChaskiChat
import ChaskiGeneration
import ChaskiTenants
import HTTPTypes
import Hummingbird

/// What answers under /v1/messages.
struct AnthropicRoutes: Sendable {
  let service: ServerService

  /// The routes.
  var routes: [Route] {
    [
      Route(.post, "/v1/messages", scope: .chat, "Answer a conversation", body: .message) {
        try await message($0, $1)
      },
      Route(
        .post,
        "/v1/messages/count_tokens",
        scope: .tokenize,
        "Count a conversation's tokens",
        body: .messageCount
      ) {
        try await count($0, $1)
      },
    ]
  }

  private func message(_ request: Request, _ context: ServerContext) async throws -> Response {
    let body = try MessagesRequest(await service.fields(of: request), limits: service.limits)
    let model = try await service.model(named: body.model, for: context)
    let plan = try body.conversation(model).plan(model)
    let run = try await AnswerRun(plan, context: context)
    let reply = MessageReply(
      model: model,
      stopTexts: body.stopTexts,
      dropped: plan.dropped
    )
    guard !body.isStreamed else {
      return run.streamed(
        MessageEvents(
          reply,
          promptTokenCount: plan.choices.first?.request.prompt.count ?? 0,
          cachedTokenCount: run.cachedTokenCount
        )
      )
    }
    let (readers, usage) = try await run.collected()
    return run.response(reply.json(readers.first, MessageReply.usage(usage)))
  }

  private func count(_ request: Request, _ context: ServerContext) async throws -> Response {
    let fields = try await service.fields(of: request)
    let body = try MessagesRequest(fields, limits: service.limits, isCounting: true)
    let model = try await service.model(named: body.model, for: context)
    let prompt = try body.conversation(model).prompt(model)
    return Response(json: ["input_tokens": .int(prompt.tokens.count)])
  }
}
