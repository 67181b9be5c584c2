// Owns: watching one connection: a client that leaves, a body that comes too slowly or never ends.

import NIOCore
import NIOHTTPTypes

/// Tells when a connection's client goes, and ends bodies that take too long or are far too large.
///
/// Lives on the connection's event loop. A client that closes its sending side counts as gone, as in Go's
/// servers: no client of these APIs does so and still waits.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

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
    case .head:
      receivedByteCount = 0
      startDeadline(context)
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
