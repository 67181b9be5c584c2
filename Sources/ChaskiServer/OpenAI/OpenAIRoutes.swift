// Owns: OpenAI's routes. Source: https://platform.openai.com/docs/api-reference.

import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiTenants
import ChaskiTokenizers
import Foundation
import HTTPTypes
import Hummingbird

/// What answers under /v1, but for Anthropic's messages and embeddings.
struct OpenAIRoutes: Sendable {
  let service: ServerService

  /// The routes.
  var routes: [Route] {
    [
      Route(.get, "/v1/models", scope: .models, "The models") { _, _ in
        Response(json: Self.list(service.registry.listings))
      },
      Route(.get, "/v1/models/**", scope: .models, "One model") { _, context in
        let name = context.parameters.getCatchAll().joined(separator: "/")
        let listing = try service.registry.listing(named: name.removingPercentEncoding ?? name)
        return Response(json: listing.json)
      },
      Route(
        .post,
        "/v1/chat/completions",
        scope: .chat,
        "Answer a conversation",
        body: .chatCompletion
      ) {
        try await chat($0, $1)
      },
      Route(.post, "/v1/completions", scope: .completions, "Continue texts", body: .completion) {
        try await completion($0, $1)
      },
      Route(.post, "/v1/responses", scope: .chat, "Answer an input, as items", body: .response) {
        try await response($0, $1)
      },
    ]
  }

  private func chat(_ request: Request, _ context: ServerContext) async throws -> Response {
    let body = try ChatCompletionRequest(await service.fields(of: request), limits: service.limits)
    let model = try await service.model(named: body.model, for: context)
    let plan = try body.conversation(model).plan(model)
    let run = try await AnswerRun(plan, context: context)
    let head = CompletionHead(prefix: "chatcmpl-", created: Self.now, model: model)
    guard !body.isStreamed else {
      return run.streamed(
        ChatCompletionEvents(
          head: head,
          hasLogprobs: body.logprobCount != nil,
          includesUsage: body.includesUsage,
          dropped: plan.dropped
        )
      )
    }
    let (readers, usage) = try await run.collected()
    let reply = ChatCompletionReply(
      head: head,
      readers: readers,
      usage: usage,
      hasLogprobs: body.logprobCount != nil,
      dropped: plan.dropped
    )
    return run.response(reply.json)
  }

  private func completion(_ request: Request, _ context: ServerContext) async throws -> Response {
    let body = try CompletionRequest(await service.fields(of: request), limits: service.limits)
    let model = try await service.model(named: body.model, for: context)
    let plan = try body.plan(model)
    let run = try await AnswerRun(plan, context: context)
    let head = CompletionHead(prefix: "cmpl-", created: Self.now, model: model)
    guard !body.isStreamed else {
      return run.streamed(CompletionEvents(head: head, request: body, plan: plan))
    }
    let (readers, usage) = try await run.collected()
    let reply = CompletionReply(
      head: head,
      request: body,
      plan: plan,
      readers: readers,
      usage: usage
    )
    return run.response(reply.json)
  }

  private func response(_ request: Request, _ context: ServerContext) async throws -> Response {
    let body = try ResponsesRequest(await service.fields(of: request), limits: service.limits)
    let model = try await service.model(named: body.model, for: context)
    let plan = try body.conversation(model).plan(model)
    let run = try await AnswerRun(plan, context: context)
    var reply = ResponsesReply(
      request: body,
      model: model,
      created: Self.now,
      dropped: plan.dropped
    )
    guard !body.isStreamed else { return run.streamed(ResponsesEvents(reply)) }
    let (readers, usage) = try await run.collected()
    reply.take(readers, usage)
    return run.response(reply.json)
  }

  /// The list of models, which OpenAI's and Anthropic's clients read at the same path.
  private static func list(_ models: [ModelListing]) -> JSONValue {
    func id(_ model: ModelListing?) -> JSONValue {
      model.map { .string($0.description.id) } ?? .null
    }
    return [
      "object": "list", "data": .array(models.map(\.json)), "has_more": false,
      "first_id": id(models.first), "last_id": id(models.last),
    ]
  }

  /// Now, in seconds since 1970.
  static var now: Int { Int(Date().timeIntervalSince1970) }
}

extension ChatCompletionRequest {
  /// The conversation, with the sampling options that `model` can follow.
  ///
  /// - Throws: `ServerError`.
  package func conversation(_ model: ServedModel) throws(ServerError) -> ConversationPlan {
    var plan = ConversationPlan(
      messages: messages,
      sampling: try fields.sampling(for: model)
    )
    plan.tools = tools
    plan.variables = variables
    plan.continuesFinalMessage = continuesFinalMessage
    plan.maximumTokens = maximumTokens
    plan.stopTexts = stopTexts
    plan.ignoresEndOfText = ignoresEndOfText
    plan.logprobCount = logprobCount
    plan.count = count
    plan.truncates = truncates
    return plan
  }
}

extension ModelListing {
  /// The model as OpenAI's list tells it and as Anthropic's does, whether it is loaded, and how its
  /// tokens are chosen where a request does not say.
  var json: JSONValue {
    let created = Date(timeIntervalSince1970: TimeInterval(description.facts.created))
    return [
      "id": .string(description.id), "object": "model",
      "created": .int(description.facts.created), "owned_by": "chaski",
      "type": "model", "display_name": .string(description.id),
      "created_at": .string(created.formatted(.iso8601)),
      "context_length": .int(description.contextLength), "loaded": .bool(isLoaded),
      "sampling": description.sampling.map(Self.sampling) ?? .null,
    ]
  }

  private static func sampling(_ options: SamplingOptions) -> JSONValue {
    [
      "temperature": .double(options.temperature), "top_k": .int(options.topK),
      "top_p": .double(options.topP), "min_p": .double(options.minP),
      "repeat_penalty": .double(options.repeatPenalty),
      "presence_penalty": .double(options.presencePenalty),
      "frequency_penalty": .double(options.frequencyPenalty),
    ]
  }
}
