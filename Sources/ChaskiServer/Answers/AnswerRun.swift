// Owns: from a plan to a reply: starting it, waiting for its first sign, collecting or streaming it.

import ChaskiChat
import ChaskiGeneration
import ChaskiTensors
import HTTPTypes
import Hummingbird
import NIOCore

/// One request's answers on their way to its client.
package struct AnswerRun: Sendable {
  private let plan: AnswerPlan
  private let feed: AnswerFeed
  private let first: [ChoiceEvent]
  private let presence: ConnectionPresence
  private let requestID: String
  private let executor: ForwardingExecutor

  /// Starts `plan` and waits until the engine has taken it, so that a refusal still has its status.
  ///
  /// - Throws: `ServerError`.
  init(_ plan: AnswerPlan, context: ServerContext) async throws {
    let permit = try await context.gate.admit(context.caller, plan.tokenDemand)
    var plan = plan
    if let count = permit?.tokenCount { plan.bound(to: count) }
    self.plan = plan
    requestID = context.requestID
    executor = ForwardingExecutor { [loop = context.channel.eventLoop] in loop.execute($0) }
    let presence = context.presence
    self.presence = presence
    let feed = AnswerFeed(
      plan,
      for: context.caller,
      usage: RequestUsage(
        model: plan.model.id,
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
      first = try await feed.next() ?? []
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
      var events: [ChoiceEvent]? = first
      while let found = events {
        for event in found { _ = readers[event.choice].take(event.event) }
        events = try await feed.next()
      }
    } catch {
      throw ServerError(cause: error)
    }
    try Self.checkComplete(readers)
    return (readers, AnswerUsage(plan, readers))
  }

  /// A reply of all answers in one piece.
  func response(_ json: JSONValue) -> Response {
    var response = Response(json: json)
    response.headers.append(contentsOf: headers)
    return response
  }

  /// What the reply's head tells of the prompt.
  private var headers: HTTPFields {
    var headers = HTTPFields()
    if let dropped = plan.dropped { headers[.droppedMessages] = dropped.header }
    if let cachedTokenCount { headers[.cachedTokens] = "\(cachedTokenCount)" }
    return headers
  }

  /// How many tokens of the prompt, of several the first that was begun, were in the cache.
  var cachedTokenCount: Int? {
    if case .begun(let count, _)? = first.first?.event { count } else { nil }
  }

  /// The answers as a stream of `format`.
  func streamed(_ format: some StreamFormat) -> Response {
    let format = format
    return Response(
      status: .ok,
      headers: Self.headers(mediaType: type(of: format).mediaType) + headers,
      body: ResponseBody { writer in
        let number = presence.whenGone { feed.cancel() }
        defer {
          presence.forget(number)
          feed.cancel()
        }
        // On the connection's own thread a token costs one switch of threads; elsewhere it would be two.
        try await withTaskExecutorPreference(executor) {
          try await write(format, to: &writer)
        }
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
    var text = try format.begin()
    var events: [ChoiceEvent]? = first
    do {
      while let found = events {
        for event in found {
          var update = readers[event.choice].take(event.event)
          // An answer that was cut off has no end of its own: the error that follows says so.
          if update.result?.finishReason == .cancelled { update.result = nil }
          guard !update.isEmpty else { continue }
          text += try format.text(for: update, of: event.choice, reader: readers[event.choice])
        }
        if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
        text = ""
        events = try await feed.next()
      }
      try Self.checkComplete(readers)
    } catch {
      // A client that has gone hears nothing of it; one that is there is told in the stream.
      text += try format.failure(ServerError(cause: error), requestID: requestID)
      return try await writer.write(ByteBuffer(string: text))
    }
    text = try format.end(readers: readers, usage: AnswerUsage(plan, readers))
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

extension HTTPField.Name {
  /// `AnswerRun.cachedTokenCount`.
  static let cachedTokens = Self("X-Chaski-Cached-Tokens") ?? .eTag
  /// Which messages were left out of the prompt.
  static let droppedMessages = Self("X-Chaski-Dropped-Messages") ?? .eTag
}
