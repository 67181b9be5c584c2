// Owns: the route that fills gaps, where llama.cpp's server has it.

import ChaskiChat
import ChaskiGeneration
import ChaskiTenants
import HTTPTypes
import Hummingbird

/// What fills gaps in texts.
struct InfillRoutes: Sendable {
  let service: ServerService

  /// The routes.
  var routes: [Route] {
    [
      Route(.post, "/infill", scope: .completions, "Fill a gap in a text", body: .gap) {
        try await infill($0, $1)
      }
    ]
  }

  private func infill(_ request: Request, _ context: ServerContext) async throws -> Response {
    let body = try InfillRequest(await service.fields(of: request), limits: service.limits)
    let model = try await service.model(named: body.model, for: context)
    let plan = try body.plan(model)
    let run = try await AnswerRun(plan, context: context)
    let reply = InfillReply(
      body,
      model: model,
      promptTokenCount: plan.choices.first?.request.prompt.count ?? 0
    )
    if body.isStreamed { return run.streamed(reply) }
    let (readers, _) = try await run.collected()
    guard let reader = readers.first else { throw ServerError.draining }
    return run.response(reply.json(reader))
  }
}
