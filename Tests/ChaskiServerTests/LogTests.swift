import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Logging
import Synchronization
import Testing

/// The log of a server, as a program reads it.
struct LogTests {
  private static let question =
    "{\"model\": \"tiny\", \"prompt\": \"Hi\", \"stream\": true, \"max_tokens\": 4}"

  @Test(arguments: ["answered", "refused", "broken"])
  func `every line of a request has its id`(kind: String) async throws {
    let log = Log()
    var logger = Logger(label: "test") { _ in log }
    logger.logLevel = .info
    let engine = ScriptedEngine { _ in
      kind == "broken" ? .fails(.noTokenizer(file: "f", model: nil)) : .says(["a", "b"])
    }
    let gate: any Gate = kind == "refused" ? ClosedGate() : OpenGate()
    try await TestServer.run(engine, gate: gate, logger: logger) { server in
      let reply = try await server.post(
        "/v1/completions",
        Self.question,
        headers: ["X-Request-Id": "the-id"]
      )
      #expect(reply.header("x-request-id") == "the-id")
      // What comes later is about the server's end.
      let lines = log.lines
      #expect(lines.contains { $0.message == "answered" })
      if kind == "answered" { #expect(lines.contains { $0.message == "generated" }) }
      if kind == "broken" { #expect(lines.contains { $0.message == "failed" }) }
      for line in lines { #expect(line.request == "the-id", "\(line.message)") }
    }
  }
}

/// A gate that fails.
private struct ClosedGate: Gate {
  var hasKeys: Bool { false }

  func caller(secret: String?, for scope: Scope) throws -> Caller {
    throw ServerError.forbidden("The test lets nobody in.")
  }

  func admit(_ caller: Caller, expectedTokenCount: Int) -> (any Permit)? { nil }
}

/// Keeps lines instead of writing them.
private struct Log: LogHandler {
  struct Line: Sendable {
    let message: String
    let request: String?
  }

  private final class Lines: Sendable {
    let lines = Mutex<[Line]>([])
  }

  private let kept = Lines()
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.trace

  var lines: [Line] {
    @inline(never) get { kept.lines.withLock { $0 } }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  @inline(never)
  func log(event: LogEvent) {
    let request = event.metadata?["request"] ?? metadata["request"]
    let line = Line(message: event.message.description, request: request.map { "\($0)" })
    kept.lines.withLock { $0.append(line) }
  }
}
