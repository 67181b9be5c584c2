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
      Route(.post, "/v1/messages", scope: .chat, "Answer a conversation") {
        try await message($0, $1)
      },
      Route(.post, "/v1/messages/count_tokens", scope: .tokenize, "Count a conversation's tokens") {
        try await count($0, $1)
      },
    ]
  }

  private func message(_ request: Request, _ context: ServerContext) async throws -> Response {
    let limits = service.configuration.limits
    let body = try MessagesRequest(await request.fields(limits), limits: limits)
    let model = try await service.registry.model(
      named: body.model,
      presence: context.presence
    )
    let plan = try body.conversation(model).plan(model)
    let run = try await AnswerRun(plan, context: context)
    let reply = MessageReply(
      model: model,
      stopTexts: body.stopTexts,
      dropped: plan.dropped
    )
    guard !body.isStreamed else {
      let count = plan.choices.first?.request.prompt.count ?? 0
      return run.streamed(MessageEvents(reply, promptTokenCount: count))
    }
    let (readers, usage) = try await run.collected()
    return run.response(reply.json(readers.first, MessageReply.usage(usage)))
  }

  private func count(_ request: Request, _ context: ServerContext) async throws -> Response {
    let limits = service.configuration.limits
    let body = try MessagesRequest(
      await request.fields(limits),
      limits: limits,
      isCounting: true
    )
    let model = try await service.registry.model(
      named: body.model,
      presence: context.presence
    )
    let prompt = try body.conversation(model).prompt(model)
    return Response(json: ["input_tokens": .int(prompt.tokens.count)])
  }
}
