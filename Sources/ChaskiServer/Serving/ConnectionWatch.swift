// Owns: watching one connection: a client that leaves, a body that comes too slowly, never ends or waits to be asked for.

import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Tells when a connection's client goes, ends bodies that take too long or are far too large, and asks for those
/// whose sender waits to be asked.
///
/// Lives on the connection's event loop. A client that closes its sending side counts as gone, as in Go's
/// servers: no client of these APIs does so and still waits.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundOut = HTTPResponsePart

  /// Whether the client is still there.
  let presence = ConnectionPresence()
  private let limits: ServerLimits
  private var deadline: Scheduled<Void>?
  private var receivedByteCount = 0

  /// How much of a body that is refused already is read on, so that the client sees the refusal.
  private static let slackByteCount = 16 << 20

  init(limits: ServerLimits) {
    self.limits = limits
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let request):
      receivedByteCount = 0
      startDeadline(context)
      if waits(request) {
        let answer = HTTPResponsePart.head(HTTPResponse(status: .continue))
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
      }
    case .body(let buffer):
      receivedByteCount += buffer.readableBytes
      if receivedByteCount > limits.bodyByteCount + Self.slackByteCount {
        endDeadline()
        context.close(promise: nil)
        return
      }
    case .end:
      endDeadline()
    }
    context.fireChannelRead(data)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent { presence.leave() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    endDeadline()
    presence.leave()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    endDeadline()
  }

  /// Whether a sender waits until it is told that its body is wanted (RFC 9110, section 10.1.1).
  private func waits(_ request: HTTPRequest) -> Bool {
    guard request.headerFields[.expect]?.lowercased() == "100-continue" else { return false }
    // What is too large is refused instead.
    let length = request.headerFields[.contentLength].flatMap { Int($0) } ?? 0
    return length <= limits.bodyByteCount
  }

  private func startDeadline(_ context: ChannelHandlerContext) {
    endDeadline()
    let limit = limits.bodyDuration
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
      context.fireErrorCaught(ServerError.bodyTooSlow(limit: limit))
    }
  }

  private func endDeadline() {
    deadline?.cancel()
    deadline = nil
  }

  /// The presence of the client at the other end of `channel`.
  static func presence(of channel: any Channel) async -> ConnectionPresence {
    let found = channel.eventLoop.submit {
      try channel.pipeline.syncOperations.handler(type: ConnectionWatch.self).presence
    }
    // A channel that is closed already has no handlers: nobody is there.
    if let presence = try? await found.get() { return presence }
    let gone = ConnectionPresence()
    gone.leave()
    return gone
  }
}

@available(*, unavailable)
extension ConnectionWatch: Sendable {}
