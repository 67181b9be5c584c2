import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiServer
import Testing

/// Ollama's routes.
struct OllamaTests {
  private func lines(_ reply: TestServer.Reply) throws -> [JSONValue] {
    try reply.body.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
  }

  @Test func `a conversation comes line by line`() async throws {
    let engine = ScriptedEngine(saying: "Hel", "lo")
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/api/chat",
        """
        {"model": "tiny:latest", "messages": [{"role": "user", "content": "Hi"}],
         "options": {"seed": -1, "num_predict": 7, "stop": ["X"], "temperature": 0}}
        """
      )
      #expect(reply.header("content-type") == "application/x-ndjson")
      let lines = try lines(reply)
      #expect(lines.map { $0["message"]?["content"]?.string } == ["Hel", "lo", ""])
      #expect(lines.map { $0["done"] } == [false, false, true])
      #expect(lines[2]["done_reason"]?.string == "stop")
      #expect(lines[2]["eval_count"] == 2)
    }
    let request = try #require(engine.requests.first)
    #expect(request.sampling.seed == nil)
    #expect(request.sampling.temperature == 0)
    #expect(request.maximumTokens == 7)
    #expect(request.stopTexts == ["X"])
  }

  @Test func `a prompt is answered whole, with and without the template`() async throws {
    let engine = ScriptedEngine(saying: "Hel", "lo")
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/api/generate",
        "{\"model\": \"tiny\", \"prompt\": \"Hi\", \"system\": \"S\", \"stream\": false}"
      )
      #expect(try reply.json["response"]?.string == "Hello")
      #expect(try reply.json["done"] == true)
      let raw = try await server.post(
        "/api/generate",
        "{\"model\": \"tiny\", \"prompt\": \"Hi\", \"raw\": true, \"stream\": false}"
      )
      #expect(raw.status == 200)
      let empty = try await server.post("/api/generate", "{\"model\": \"tiny\"}")
      #expect(try empty.json["done_reason"]?.string == "load")
    }
    #expect(engine.requests.count == 2)
    #expect(engine.requests[1].prompt == TinyModel.tokens("Hi"))
  }

  @Test func `models are listed, shown and running`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let tags = try await server.get("/api/tags")
      #expect(try tags.json["models"]?.array?.first?["name"]?.string == "tiny:latest")
      let running = try await server.get("/api/ps")
      #expect(try running.json["models"]?.array?.count == 1)
      let shown = try await server.post("/api/show", "{\"model\": \"tiny\"}")
      #expect(try shown.json["details"]?["format"]?.string == "gguf")
      let missing = try await server.post("/api/show", "{\"model\": \"other\"}")
      #expect(missing.status == 404)
      let found = try await server.get("/api/version").json["version"]?.string
      #expect(found == "test")
    }
  }

  @Test(arguments: ["chat", "generate"])
  func `log-probabilities come with the text`(kind: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "x", "y", TinyModel.endMark)) { server in
      let body = """
        {"model": "tiny", "prompt": "Hi", "messages": [{"role": "user", "content": "Hi"}],
         "logprobs": true, "top_logprobs": 1
        """
      let whole = try await server.post("/api/\(kind)", body + ", \"stream\": false}")
      let told = try #require(try whole.json["logprobs"]?.array)
      #expect(told.map { $0["token"] } == ["x", "y"])
      #expect(told.first?["top_logprobs"]?.array?.map { $0["token"] } == ["A"])
      let lines = try lines(try await server.post("/api/\(kind)", body + "}"))
      #expect(lines.map { $0["logprobs"] } == [[told[0]], [told[1]], nil])
    }
  }

  @Test(arguments: [
    ("context", "\"context\": [1, 2]"), ("think", "\"think\": \"much\""),
    ("format", "\"format\": \"json\""),
  ])
  func `what cannot be honoured is refused`(name: String, field: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post(
        "/api/generate",
        "{\"model\": \"tiny\", \"prompt\": \"Hi\", \(field)}"
      )
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?.string?.contains("The field \(name)") == true)
    }
  }

  @Test func `levels of thinking reach the template`() async throws {
    let engine = ScriptedEngine(saying: "ok")
    let template = "{{ enable_thinking }} {{ reasoning_effort }}"
    try await TestServer.run(engine, template: template) { server in
      _ = try await server.post(
        "/api/generate",
        "{\"model\": \"tiny\", \"prompt\": \"Hi\", \"think\": \"low\"}"
      )
    }
    #expect(engine.requests.first?.prompt == TinyModel.tokens("True low"))
  }

  @Test func `asking to describe no model names the field`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post("/api/show", "{}")
      #expect(try reply.json["error"] == "The field model is missing.")
      let older = try await server.post("/api/show", "{\"name\": \"tiny\"}")
      #expect(older.status == 200)
    }
  }
}
