import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import Testing

/// A server of several models, as clients see it.
struct SeveralModelsTests {
  private static func completion(_ model: String, stream: Bool = false) -> String {
    "{\"model\": \"\(model)\", \"prompt\": \"x\", \"stream\": \(stream)}"
  }

  @Test func `lists name all models, and say which are loaded`() async throws {
    let registry = try ScriptedLoader().registry(["a", "b"])
    try await TestServer.run(registry) { server in
      let reply = try await server.post("/v1/completions", Self.completion("b"))
      #expect(try reply.json["choices"]?.array?.first?["text"] == "b")
      let list = try await server.get("/v1/models").json["data"]?.array ?? []
      #expect(list.map { $0["id"] } == ["a", "b"])
      #expect(list.map { $0["loaded"] } == [false, true])
      let one = try await server.get("/v1/models/a").json
      #expect(one["loaded"] == false)
      let tags = try await server.get("/api/tags").json["models"]?.array ?? []
      #expect(tags.map { $0["name"] } == ["a:latest", "b:latest"])
      let running = try await server.get("/api/ps").json["models"]?.array ?? []
      #expect(running.map { $0["name"] } == ["b:latest"])
      #expect(running.map { $0["size"] } == [60])
    }
  }

  @Test func `describing a model does not load it`() async throws {
    let loader = ScriptedLoader()
    try await TestServer.run(try loader.registry(["a"])) { server in
      let reply = try await server.post("/api/show", "{\"model\": \"a\"}")
      #expect(try reply.json["template"]?.string?.contains("im_start") == true)
      #expect(loader.loads("a") == 0)
    }
  }

  @Test(arguments: [false, true])
  func `two models that do not fit together both answer, again and again`(isStreamed: Bool)
    async throws
  {
    let loader = ScriptedLoader()
    try await TestServer.run(try loader.registry(["a", "b"])) { server in
      for _ in 0..<5 {
        for id in ["a", "b"] {
          let reply = try await server.post(
            "/v1/completions",
            Self.completion(id, stream: isStreamed)
          )
          #expect(reply.status == 200)
          #expect(reply.body.contains("\"text\":\"\(id)\""))
        }
      }
      #expect(loader.loads("a") == 5 && loader.loads("b") == 5)
    }
  }

  @Test func `a model is not unloaded while it answers, and is when its client has gone`()
    async throws
  {
    let loader = ScriptedLoader { id in
      ScriptedEngine { _ in id == "a" ? .hangsAfter(["so"]) : .says([id]) }
    }
    try await TestServer.run(
      try loader.registry(["a", "b"]) { $0.turnDuration = .milliseconds(1) }
    ) {
      server in
      let connection = try await RawConnection.open(port: server.port)
      let other = Task {
        try await eventually { loader.engine("a")?.requests.count == 1 }
        return try await server.post("/v1/completions", Self.completion("b"))
      }
      try await connection.use { send, _, receive in
        let body = Self.completion("a", stream: true)
        try await send(
          "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            + body
        )
        let text = try await receive { $0.contains("so") }
        #expect(text.contains("so"))
        #expect(loader.closes("a") == 0)
      }
      let reply = try await other.value
      #expect(try reply.json["choices"]?.array?.first?["text"] == "b")
      #expect(loader.closes("a") == 1)
    }
  }

  @Test func `a model that cannot be loaded is an error of the server's, and the others answer`()
    async throws
  {
    let loader = ScriptedLoader()
    loader.setFails("a", true)
    try await TestServer.run(try loader.registry(["a", "b"])) { server in
      let reply = try await server.post("/v1/completions", Self.completion("a"))
      #expect(reply.status == 500)
      #expect(try reply.json["error"]?["code"] == "model_not_loaded")
      let other = try await server.post("/v1/completions", Self.completion("b"))
      #expect(other.status == 200)
    }
  }

  @Test func `whoever waits for memory in vain is told when to ask again`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a", "b"]) { $0.waitDuration = .milliseconds(10) }
    let held = try await registry.model(named: "a")
    try await TestServer.run(registry) { server in
      let reply = try await server.post("/v1/completions", Self.completion("b"))
      #expect(reply.status == 503)
      #expect(reply.header("retry-after") == "10")
      #expect(try reply.json["error"]?["code"] == "model_waiting")
    }
    #expect(held.id == "a")
  }

  @Test func `Ollama's keep_alive of 0 unloads a model, and -1 keeps it`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a"]) { $0.keepAlive = .seconds(3600) }
    try await TestServer.run(registry) { server in
      _ = try await server.post("/api/generate", "{\"model\": \"a\"}")
      let running = try await server.get("/api/ps").json["models"]?.array?.first
      #expect(running?["expires_at"]?.string?.hasPrefix("9999") == false)
      _ = try await server.post("/api/generate", "{\"model\": \"a\", \"keep_alive\": -1}")
      try await eventually {
        let reply = try? await server.get("/api/ps").json
        return reply?["models"]?.array?.first?["expires_at"]?.string?.hasPrefix("9999") == true
      }
      #expect(loader.closes("a") == 0)
      let reply = try await server.post("/api/generate", "{\"model\": \"a\", \"keep_alive\": 0}")
      #expect(try reply.json["done_reason"] == "unload")
      try await eventually { loader.closes("a") == 1 }
    }
  }

  @Test(arguments: [
    ("/api/generate", "\"prompt\": \"x\", \"stream\": false"),
    ("/api/chat", "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"stream\": false"),
    ("/api/generate", "\"prompt\": \"\""), ("/api/embed", "\"input\": [\"x\"]"),
  ])
  func `Ollama's clients hear how long a load took that they waited for`(
    path: String,
    fields: String
  ) async throws {
    let loader = ScriptedLoader { id in
      ScriptedEngine { $0.pooling == nil ? .says([id]) : .embeds([1, 2, 3, 4]) }
    }
    loader.block()
    try await TestServer.run(try loader.registry(["a"])) { server in
      let waiting = Task { try await server.post(path, "{\"model\": \"a\", \(fields)}") }
      try await eventually { loader.loads("a") == 1 }
      let begin = ContinuousClock.now
      try await Task.sleep(for: .milliseconds(20))
      let least = Int((ContinuousClock.now - begin) / .nanoseconds(1))
      loader.unblock()
      let reply = try await waiting.value.json
      let load = try #require(reply["load_duration"]?.count)
      #expect(load >= least)
      #expect(load <= reply["total_duration"]?.count ?? 0)
    }
  }

  @Test func `a model that is not there is not loaded to be unloaded`() async throws {
    let loader = ScriptedLoader()
    try await TestServer.run(try loader.registry(["a"])) { server in
      let reply = try await server.post("/api/generate", "{\"model\": \"a\", \"keep_alive\": 0}")
      #expect(try reply.json["done_reason"] == "unload")
      #expect(loader.loads("a") == 0)
      let missing = try await server.post("/api/chat", "{\"model\": \"b\", \"keep_alive\": 0}")
      #expect(missing.status == 404)
    }
  }

  @Test func `figures tell of loads and unloads, and what an engine did stays counted`()
    async throws
  {
    let figures = ServerFigures()
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a", "b"], report: { figures.note($0) })
    for id in ["a", "b", "a"] { _ = try await registry.model(named: id) }
    loader.setFails("b", true)
    _ = try? await registry.model(named: "b")
    let text = figures.text()
    #expect(text.contains("chaski_model_loads_total{model=\"a\",outcome=\"loaded\"} 2\n"))
    #expect(text.contains("chaski_model_loads_total{model=\"b\",outcome=\"failed\"} 1\n"))
    #expect(text.contains("chaski_model_unloads_total{model=\"a\"} 2\n"))
    #expect(text.contains("chaski_model_load_seconds_count{model=\"a\"} 2\n"))
    #expect(text.contains("chaski_model_memory_bytes{model=\"b\"} 0\n"))
  }
}
