// Owns: Chaski's own routes: tokens of texts and back, prompts of conversations.

import ChaskiChat
import ChaskiTenants
import ChaskiTokenizers
import HTTPTypes
import Hummingbird
import NIOCore

/// What answers beside the APIs of others; llama-server has routes of the same names.
struct NativeRoutes: Sendable {
  let service: ServerService

  /// The routes.
  var routes: [Route] {
    [
      Route(.post, "/tokenize", scope: .tokenize, "A text's tokens", body: .text) {
        try await tokenize($0, $1)
      },
      Route(.post, "/detokenize", scope: .tokenize, "The text of tokens", body: .tokens) {
        try await detokenize($0, $1)
      },
      Route(.post, "/apply-template", scope: .tokenize, "A conversation's prompt", body: .template)
      {
        try await applyTemplate($0, $1)
      },
    ]
  }

  private func tokenize(_ request: Request, _ context: ServerContext) async throws -> Response {
    let fields = try await service.fields(of: request)
    let model = try await service.model(named: fields.string("model"), for: context)
    let tokens = model.tokenizer.encode(
      try fields.required("content"),
      addSpecialTokens: try fields.bool("add_special") ?? false,
      parseSpecialTokens: try fields.bool("parse_special") ?? true
    )
    guard try fields.bool("with_pieces") ?? false else {
      return Response(json: ["tokens": .array(tokens.map { .int(Int($0)) })])
    }
    let pieces = tokens.map { token -> JSONValue in
      let bytes = model.tokenizer.bytes(of: token)
      let text = String(validating: bytes, as: UTF8.self)
      // A piece that is no text of its own is told as its bytes.
      let piece = text.map { JSONValue.string($0) } ?? .array(bytes.map { .int(Int($0)) })
      return ["id": .int(Int(token)), "piece": piece]
    }
    return Response(json: ["tokens": .array(pieces)])
  }

  private func detokenize(_ request: Request, _ context: ServerContext) async throws -> Response {
    let fields = try await service.fields(of: request)
    let model = try await service.model(named: fields.string("model"), for: context)
    guard let elements = try fields.array("tokens") else {
      throw ServerError.missing(field: "tokens")
    }
    let count = model.tokenizer.vocabularyCount
    let tokens = try elements.map { element in
      guard let id = RequestFields.int(element), (0..<count).contains(id),
        let token = Int32(exactly: id)
      else { throw ServerError.field("tokens", expected: "token ids from 0 to \(count - 1)") }
      return token
    }
    return Response(
      json: ["content": .string(model.tokenizer.decode(tokens, skipSpecialTokens: false))]
    )
  }

  private func applyTemplate(_ request: Request, _ context: ServerContext) async throws -> Response
  {
    let fields = try await service.fields(of: request)
    let model = try await service.model(named: fields.string("model"), for: context)
    var object = fields.object
    object["model"] = .string(model.id)
    let body = try ChatCompletionRequest(RequestFields(object), limits: service.limits)
    let prompt = try body.conversation(model).prompt(model)
    return Response(
      json: [
        "prompt": .string(prompt.text), "tokens": .array(prompt.tokens.map { .int(Int($0)) }),
      ]
    )
  }
}
