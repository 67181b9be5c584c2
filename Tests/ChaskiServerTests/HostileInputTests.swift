import ChaskiChat
import ChaskiServer
import Testing

/// Requests that no good client sends.
struct HostileInputTests {
  private static let path = "/v1/chat/completions"

  @Test func `ten thousand levels are a bad request`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
      let reply = try await server.post(Self.path, "{\"model\": \"tiny\", \"messages\": \(deep)}")
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["message"]?.string?.contains("64 levels") == true)
    }
  }

  @Test func `bytes that are no text are a bad request`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.ask("POST", Self.path, body: [0x7B, 0xFF, 0xFE, 0x7D])
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["message"]?.string?.contains("UTF-8") == true)
    }
  }

  @Test(arguments: [true, false])
  func `a body that is too large is refused, announced or not`(isAnnounced: Bool) async throws {
    try await TestServer.run(
      ScriptedEngine(saying: "no"),
      configure: { $0.limits.bodyByteCount = 1000 }
    ) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, receive in
        let head = "POST \(Self.path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        let body = String(repeating: "x", count: 5000)
        if isAnnounced {
          try await send(head + "Content-Length: 5000\r\n\r\n" + body)
        } else {
          try await send(
            head + "Transfer-Encoding: chunked\r\n\r\n1388\r\n" + body + "\r\n0\r\n\r\n"
          )
        }
        let text = try await receive { _ in false }
        #expect(text.hasPrefix("HTTP/1.1 413"))
        #expect(text.contains("larger than 1000 bytes"))
      }
    }
  }

  @Test(arguments: [100, 5000])
  func `who waits to be asked for a body is asked, or refused`(announced: Int) async throws {
    try await TestServer.run(
      ScriptedEngine(saying: "yes"),
      configure: { $0.limits.bodyByteCount = 1000 }
    ) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, receive in
        let json = "{\"model\": \"tiny\", \"prompt\": \"x\"}"
        let body = json + String(repeating: " ", count: 100 - json.utf8.count)
        try await send(
          "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            + "Content-Length: \(announced)\r\n\r\n"
        )
        if announced == 100 { try await send(body) }
        let reply = try await receive { $0.contains("yes") || $0.contains("413") }
        let asked = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"
        #expect(reply.hasPrefix(announced == 100 ? asked : "HTTP/1.1 413"))
      }
    }
  }

  @Test func `an encoding of no kind is the sender's fault`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, endSending, receive in
        try await send(
          "POST \(Self.path) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n{}"
        )
        endSending()
        let text = try await receive { _ in false }
        #expect(!text.hasPrefix("HTTP/1.1 5"), "\(text.prefix(200))")
      }
      let found = try await server.get("/health/live").status
      #expect(found == 200)
    }
  }

  @Test func `a body without end closes the connection`() async throws {
    try await TestServer.run(
      ScriptedEngine(saying: "no"),
      configure: { $0.limits.bodyByteCount = 1000 }
    ) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, _ in
        try await send(
          "POST \(Self.path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1099511627776\r\n\r\n"
        )
        let megabyte = String(repeating: "x", count: 1 << 20)
        var isOpen = true
        // A loaded machine takes in a while before the end of the connection is seen.
        for _ in 0..<4096 where isOpen {
          do { try await send(megabyte) } catch { isOpen = false }
        }
        #expect(!isOpen)
      }
      let found = try await server.get("/health/live").status
      #expect(found == 200)
    }
  }

  @Test func `a body that dawdles is refused in time`() async throws {
    try await TestServer.run(
      ScriptedEngine(saying: "no"),
      configure: { $0.limits.bodyDuration = .milliseconds(50) }
    ) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, receive in
        try await send(
          "POST \(Self.path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"model\""
        )
        let text = try await receive { _ in false }
        #expect(text.hasPrefix("HTTP/1.1 408"))
      }
    }
  }

  @Test func `a head that dawdles closes the connection`() async throws {
    try await TestServer.run(
      ScriptedEngine(saying: "no"),
      configure: { $0.limits.headDuration = .milliseconds(50) }
    ) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, receive in
        try await send("GET /health/live HTTP/1.1\r\nHost: loc")
        let found2 = try await receive { _ in false }
        #expect(found2 == "")
      }
    }
  }

  @Test(arguments: [
    "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nX: \u{0}\r\n\r\n",
  ])
  func `what is no HTTP gets a bad request or nothing`(text: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, endSending, receive in
        try await send(text)
        endSending()
        let reply = try await receive { _ in false }
        #expect(reply.isEmpty || reply.hasPrefix("HTTP/1.1 400"))
      }
      let found3 = try await server.get("/health/live").status
      #expect(found3 == 200)
    }
  }

  @Test func `pages and names of elsewhere do not reach a server without keys`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let named = try await server.get("/v1/models", headers: ["Host": "evil.example"])
      #expect(named.status == 403)
      for name in ["X-Forwarded-For", "Forwarded", "x-real-ip"] {
        let proxied = try await server.get("/v1/models", headers: [name: "for=192.0.2.7"])
        #expect(proxied.status == 403, "\(name)")
      }
      let page = try await server.get("/v1/models", headers: ["Origin": "https://evil.example"])
      #expect(page.status == 403)
      let own = try await server.get(
        "/v1/models",
        headers: ["Origin": "http://127.0.0.1:\(server.port)"]
      )
      #expect(own.status == 200)
    }
  }

  @Test func `pages of allowed origins may ask`() async throws {
    let origin = "https://chat.example"
    try await TestServer.run(
      ScriptedEngine(saying: "no"),
      configure: { $0.allowedOrigins = [origin] }
    ) { server in
      let preflight = try await server.ask(
        "OPTIONS",
        Self.path,
        headers: [
          "Origin": origin, "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "x-stainless-os, content-type",
        ]
      )
      #expect(preflight.status == 204)
      #expect(preflight.header("access-control-allow-origin") == origin)
      #expect(preflight.header("access-control-allow-headers")?.contains("x-stainless-os") == true)
      let reply = try await server.get("/v1/models", headers: ["Origin": origin])
      #expect(reply.header("access-control-allow-origin") == origin)
      let other = try await server.get("/v1/models", headers: ["Origin": "https://evil.example"])
      #expect(other.status == 403)
      #expect(other.header("access-control-allow-origin") == nil)
    }
  }
}
