// Owns: a connection of bytes, for requests that no client library sends.

import NIOCore
import NIOPosix

/// A connection to a server, byte by byte.
struct RawConnection: Sendable {
  private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Connects to this machine's `port`.
  static func open(port: Int) async throws -> RawConnection {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
          )
        }
      }
    return RawConnection(channel: channel)
  }

  /// What a test does with the connection: `receive` reads until it has enough or there is no more.
  typealias Exchange =
    @Sendable (
      _ send: @Sendable (String) async throws -> Void,
      _ endSending: @Sendable () -> Void,
      _ receive: (_ isEnough: (String) -> Bool) async throws -> String
    ) async throws -> Void

  /// Runs `body`; the connection is closed after it.
  func use(_ body: Exchange) async throws {
    try await channel.executeThenClose { inbound, outbound in
      try await body(
        { try await outbound.write(ByteBuffer(string: $0)) },
        { outbound.finish() },
        { isEnough in
          var text = ""
          do {
            for try await buffer in inbound {
              text += String(buffer: buffer)
              if isEnough(text) { break }
            }
          } catch is IOError {
            // A connection that is reset has said what it had to say.
          }
          return text
        }
      )
    }
  }
}
