// Owns: a small HTTP/1.1 server on this machine, whose answers and misbehaviours a test decides.

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// What a client asked.
struct TestRequest: Sendable {
  let path: String
  let headers: HTTPHeaders

  func header(_ name: String) -> String? { headers.first(name: name) }

  /// Where a `Range: bytes=N-` begins.
  var rangeStart: Int? {
    header("Range").flatMap { $0.wholeMatch(of: /bytes=([0-9]+)-/) }.flatMap { Int($0.1) }
  }
}

/// What the server answers.
struct TestReply: Sendable {
  /// What happens when the bytes to send are sent.
  enum Ending: Sendable {
    /// The answer ends as it should.
    case complete
    /// The connection is closed; what the client had not taken over by then may be lost.
    case closed
    /// Nothing more comes, and the connection stays open.
    case silent
  }

  var status = HTTPResponseStatus.ok
  var headers: [(String, String)] = []
  var body: [UInt8] = []
  /// Whether the head says how long the body is; if not, it comes in chunks.
  var saysLength = true
  /// How many bytes of the body are sent; nil sends all.
  var sentCount: Int?
  var ending = Ending.complete

  /// The same answer, ending in good order after `count` bytes without having said how long it is.
  func cutShort(after count: Int) -> TestReply {
    var reply = self
    (reply.saysLength, reply.sentCount) = (false, count)
    return reply
  }

  static func text(_ status: HTTPResponseStatus, _ text: String = "") -> TestReply {
    TestReply(status: status, body: Array(text.utf8))
  }

  static func redirect(_ location: String, _ headers: [(String, String)] = []) -> TestReply {
    TestReply(status: .found, headers: headers + [("Location", location)])
  }
}

/// A server on 127.0.0.1 that runs for the length of a closure.
final class TestServer: Sendable {
  typealias Answer = @Sendable (TestRequest) -> TestReply

  let port: Int
  private let recorded: Mutex<[TestRequest]>

  private init(port: Int) {
    self.port = port
    recorded = Mutex([])
  }

  var address: String { "http://127.0.0.1:\(port)" }

  /// All requests so far, in order.
  var requests: [TestRequest] { recorded.withLock { $0 } }

  /// The requests whose path contains `text`.
  func requests(for text: String) -> [TestRequest] { requests.filter { $0.path.contains(text) } }

  /// Runs a server that answers with what `answer` says.
  static func run<Value>(
    _ answer: @escaping Answer,
    _ body: (TestServer) async throws -> Value
  ) async throws -> Value {
    let record = RecordingBox()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(
            AnsweringHandler { request in
              record.server?.recorded.withLock { $0.append(request) }
              return answer(request)
            }
          )
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let server = TestServer(port: channel.localAddress?.port ?? 0)
    record.set(server)
    do {
      let value = try await body(server)
      try await channel.close()
      return value
    } catch {
      try await channel.close()
      throw error
    }
  }
}

// Lets the handlers find the server, whose port is known only once they are set up.
private final class RecordingBox: Sendable {
  private let held = Mutex<TestServer?>(nil)
  var server: TestServer? { held.withLock { $0 } }
  func set(_ server: TestServer) { held.withLock { $0 = server } }
}

private final class AnsweringHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let answer: TestServer.Answer
  private var head: HTTPRequestHead?

  init(answer: @escaping TestServer.Answer) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: break
    case .end:
      guard let head else { return }
      send(answer(TestRequest(path: head.uri, headers: head.headers)), context: context)
    }
  }

  private func send(_ reply: TestReply, context: ChannelHandlerContext) {
    var headers = HTTPHeaders(reply.headers)
    if reply.saysLength {
      headers.add(name: "Content-Length", value: String(reply.body.count))
    } else {
      headers.add(name: "Transfer-Encoding", value: "chunked")
    }
    let head = HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let bytes = reply.body.prefix(reply.sentCount ?? reply.body.count)
    if !bytes.isEmpty {
      context.write(
        wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))),
        promise: nil
      )
    }
    switch reply.ending {
    case .complete:
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    case .silent:
      context.flush()
    case .closed:
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer())))).whenComplete { _ in
        bound.value.close(promise: nil)
      }
    }
  }
}
