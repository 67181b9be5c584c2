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
}
