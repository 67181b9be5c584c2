import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import FoundationEssentials
import Testing

/// Clients that go away.
struct DisconnectTests {
  private static func request(stream: Bool) -> String {
    let body = """
      {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "stream": \(stream)}
      """
    return
      "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
      + body
  }

  @Test(arguments: [true, false], [[], ["Hel"]])
  func `work stops when its client goes`(stream: Bool, pieces: [String]) async throws {
    let engine = ScriptedEngine { _ in .hangsAfter(pieces) }
    try await TestServer.run(engine) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, _ in
        try await send(Self.request(stream: stream))
        try await eventually { engine.requests.count == 1 }
      }
      try await eventually { engine.cancelledCount == 1 }
      let found = try await server.get("/health/ready").status
      #expect(found == 200)
    }
  }

  @Test func `a client that only ends its sending counts as gone`() async throws {
    let engine = ScriptedEngine { _ in .hangsAfter(["a"]) }
    try await TestServer.run(engine) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, endSending, _ in
        try await send(Self.request(stream: false))
        try await eventually { engine.requests.count == 1 }
        endSending()
        try await eventually { engine.cancelledCount == 1 }
      }
    }
  }

  @Test func `one client's going is nobody else's`() async throws {
    let engine = ScriptedEngine { request in
      request.maximumTokens == 1 ? .says(["fine"], .length) : .hangsAfter(["a"])
    }
    try await TestServer.run(engine) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, _ in
        try await send(Self.request(stream: true))
        try await eventually { engine.requests.count == 1 }
        let reply = try await server.post(
          "/v1/completions",
          "{\"model\": \"tiny\", \"prompt\": \"x\", \"max_tokens\": 1}"
        )
        #expect(try reply.json["choices"]?.array?.first?["text"]?.string == "fine")
        #expect(engine.cancelledCount == 0)
      }
      try await eventually { engine.cancelledCount == 1 }
    }
  }

  @Test func `a connection serves one request after another`() async throws {
    let engine = ScriptedEngine(saying: "a")
    try await TestServer.run(engine) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, receive in
        for _ in 0..<3 { try await send(Self.request(stream: true)) }
        let text = try await receive { $0.components(separatedBy: "[DONE]").count == 4 }
        #expect(text.components(separatedBy: "HTTP/1.1 200").count == 4)
      }
      #expect(engine.cancelledCount == 0)
    }
  }
}
