// Owns: from a plan to a reply: starting it, waiting for its first sign, collecting or streaming it.

import ChaskiGeneration
import HTTPTypes
import Hummingbird
import NIOCore

/// One request's answers on their way to its client.
package struct AnswerRun: Sendable {
  private let plan: AnswerPlan
  private let feed: AnswerFeed
  private let first: ChoiceEvent?
  private let presence: ConnectionPresence
  private let requestID: String

  /// Starts `plan` and waits until the engine has taken it, so that a refusal still has its status.
  ///
  /// - Throws: `ServerError`.
  init(_ plan: AnswerPlan, context: ServerContext) async throws {
    let model = plan.model
    let tokenCount = plan.choices.reduce(0) { sum, choice in
      let room = model.engine.contextLength - choice.request.prompt.count
      return sum + choice.request.prompt.count
        + min(choice.request.maximumTokens ?? room, max(room, 0))
    }
    let permit = try await context.gate.admit(context.caller, expectedTokenCount: tokenCount)
    self.plan = plan
    requestID = context.requestID
    let presence = context.presence
    self.presence = presence
    let feed = AnswerFeed(
      plan,
      for: context.caller,
      usage: RequestUsage(
        model: model.id,
        route: context.endpointPath ?? "",
        requestID: context.requestID
      ),
      permit: permit,
      logger: context.logger
    )
    self.feed = feed
    let number = presence.whenGone { feed.cancel() }
    defer { presence.forget(number) }
    do {
      var iterator = feed.events.makeAsyncIterator()
      first = try await iterator.next()
    } catch {
      throw ServerError(cause: error)
    }
  }

  /// All answers, when the last one has ended.
  ///
  /// - Throws: `ServerError`.
  func collected() async throws -> (readers: [ChoiceReader], usage: AnswerUsage) {
    let number = presence.whenGone { feed.cancel() }
    defer { presence.forget(number) }
    var readers = plan.choices.map { _ in ChoiceReader(plan) }
    do {
      if let first { _ = readers[first.choice].take(first.event) }
      for try await event in feed.events { _ = readers[event.choice].take(event.event) }
    } catch {
      throw ServerError(cause: error)
    }
    try Self.checkComplete(readers)
    return (readers, AnswerUsage(plan, readers))
  }

  /// The answers as a stream of `format`.
  func streamed(_ format: some StreamFormat) -> Response {
    let format = format
    return Response(
      status: .ok,
      headers: Self.headers(mediaType: type(of: format).mediaType),
      body: ResponseBody { writer in
        let number = presence.whenGone { feed.cancel() }
        defer {
          presence.forget(number)
          feed.cancel()
        }
        try await write(format, to: &writer)
        try await writer.finish(nil)
      }
    )
  }

  private func write(
    _ format: some StreamFormat,
    to writer: inout any ResponseBodyWriter
  ) async throws {
    var format = format
    var readers = plan.choices.map { _ in ChoiceReader(plan) }
    try await Self.send(format.begin(), to: &writer)
    var iterator = feed.events.makeAsyncIterator()
    var next = first
    do {
      while let event = next {
        let update = readers[event.choice].take(event.event)
        if !update.isEmpty {
          let text = try format.text(for: update, of: event.choice, reader: readers[event.choice])
          try await Self.send(text, to: &writer)
        }
        next = try await iterator.next()
      }
      try Self.checkComplete(readers)
    } catch {
      // A client that has gone hears nothing of it; one that is there is told in the stream.
      let text = try format.failure(ServerError(cause: error), requestID: requestID)
      return try await Self.send(text, to: &writer)
    }
    let usage = AnswerUsage(plan, readers)
    try await Self.send(format.end(readers: readers, usage: usage), to: &writer)
  }

  private static func send(_ text: String, to writer: inout any ResponseBodyWriter) async throws {
    if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
  }

  /// Throws unless every answer came to an end of its own.
  private static func checkComplete(_ readers: [ChoiceReader]) throws(ServerError) {
    for reader in readers {
      guard let result = reader.result, result.finishReason != .cancelled else { throw .draining }
    }
  }

  private static func headers(mediaType: String) -> HTTPFields {
    var headers: HTTPFields = [.contentType: mediaType, .cacheControl: "no-cache"]
    // Proxies such as nginx pass each event on at once only if they are told to.
    if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
    return headers
  }
}
