import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import Testing

/// What a client is told when something is wrong.
struct ErrorTests {
  private static let chat = "/v1/chat/completions"

  @Test(
    arguments: [
      ("{", 400, nil, nil), ("{}", 400, "model", "missing_required_parameter"),
      ("{\"model\": \"tiny\"}", 400, "messages", "missing_required_parameter"),
      (
        "{\"model\": \"other\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}", 404,
        "model", "model_not_found"
      ),
      ("{\"model\": \"tiny\", \"messages\": []}", 400, "messages", "invalid_value"),
      (
        "{\"model\": \"tiny\", \"messages\": [{\"content\": \"x\"}]}", 400, "messages[0].role",
        "invalid_value"
      ),
      (
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"root\", \"content\": \"x\"}]}", 400,
        "messages[0].role", "invalid_value"
      ),
      (
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]}",
        400, "messages[0].content", "unsupported_parameter"
      ),
      (
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"n\": 0}",
        400, "n", "invalid_value"
      ),
      (
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"max_tokens\": -4}",
        400, "max_tokens", "invalid_value"
      ),
      (
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"top_logprobs\": 3}",
        400, "logprobs", "invalid_value"
      ),
      (
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"response_format\": {\"type\": \"json_object\"}}",
        400, "response_format", "unsupported_parameter"
      ),
      (
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]}",
        400, "tools", "unsupported_parameter"
      ),
    ] as [(String, Int, String?, String?)]
  )
  func `wrong requests get OpenAI's error object`(
    body: String,
    status: Int,
    parameter: String?,
    code: String?
  ) async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post(Self.chat, body)
      #expect(reply.status == status)
      let error = try #require(try reply.json["error"])
      #expect(error["type"]?.string == "invalid_request_error")
      #expect(error["message"]?.string?.isEmpty == false)
      #expect(error["param"]?.string == parameter)
      #expect(error["code"]?.string == code)
    }
  }

  @Test func `a prompt that does not fit names both lengths`() async throws {
    let engine = ScriptedEngine(contextLength: 40) { _ in .says(["no"]) }
    try await TestServer.run(engine) { server in
      let long = String(repeating: "x", count: 100)
      let reply = try await server.post(
        Self.chat,
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"\(long)\"}]}"
      )
      #expect(reply.status == 400)
      let error = try #require(try reply.json["error"])
      #expect(error["code"]?.string == "context_length_exceeded")
      let prompt = TinyModel.tokens("user\n\(long)\nassistant\n").count + 3
      #expect(error["message"]?.string?.contains("\(prompt) tokens") == true)
      #expect(error["message"]?.string?.contains("holds 40") == true)
      #expect(engine.requests.isEmpty)
    }
  }

  @Test func `a prompt as long as the context leaves no room`() async throws {
    try await TestServer.run(ScriptedEngine(contextLength: 4) { _ in .says(["no"]) }) { server in
      let reply = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": \"abcd\"}"
      )
      let message = try #require(try reply.json["error"]?["message"]?.string)
      #expect(message.contains("4 tokens") && message.contains("no room for an answer"))
    }
  }

  @Test func `a coded body is named, not taken for text`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post(Self.chat, "{}", headers: ["Content-Encoding": "gzip"])
      #expect(reply.status == 415)
      #expect(try reply.json["error"]?["message"]?.string?.contains("gzip") == true)
      let plain = try await server.post(Self.chat, "{}", headers: ["Content-Encoding": "identity"])
      #expect(plain.status == 400)
    }
  }

  @Test(
    arguments: [
      (GenerationError.queueFull(limit: 3), 503, "overloaded"), (.draining, 503, "shutting_down"),
      (.promptTooLong(tokenCount: 7, contextLength: 5), 400, "context_length_exceeded"),
    ] as [(GenerationError, Int, String)]
  )
  func `what the engine refuses has its status even where a stream was asked for`(
    cause: GenerationError,
    status: Int,
    code: String
  ) async throws {
    try await TestServer.run(ScriptedEngine { _ in .fails(cause) }) { server in
      for stream in [true, false] {
        let reply = try await server.post(
          Self.chat,
          """
          {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "stream": \(stream)}
          """
        )
        #expect(reply.status == status)
        #expect(try reply.json["error"]?["code"]?.string == code)
        if status == 503 { #expect(reply.header("retry-after") != nil) }
      }
    }
  }

  @Test func `paths and methods that are none are told apart`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let missing = try await server.get("/v1/nothing")
      #expect(missing.status == 404)
      #expect(try missing.json["error"]?["code"]?.string == "unknown_url")
      let wrong = try await server.get(Self.chat)
      #expect(wrong.status == 405)
      #expect(wrong.header("allow") == "POST")
      let deleted = try await server.ask("DELETE", "/v1/models/tiny")
      #expect(deleted.status == 405)
      #expect(deleted.header("allow") == "GET, HEAD")
    }
  }

  @Test func `each API spells errors its own way`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let anthropic = try await server.post("/v1/messages", "{}")
      #expect(try anthropic.json["type"]?.string == "error")
      #expect(try anthropic.json["error"]?["type"]?.string == "invalid_request_error")
      let ollama = try await server.post("/api/chat", "{}")
      #expect(try ollama.json["error"]?.string == "The field model is missing.")
    }
  }

  @Test func `replies carry the request's id`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let own = try await server.get("/health/live", headers: ["X-Request-Id": "abc-1"])
      #expect(own.header("x-request-id") == "abc-1")
      let bad = try await server.get("/health/live", headers: ["X-Request-Id": "a b"])
      #expect(bad.header("x-request-id")?.hasPrefix("req_") == true)
    }
  }

  @Test func `without keys only this machine is answered, but whoever watches over the server`()
    async throws
  {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let foreign = ["Host": "chat.example.org"]
      let refused = try await server.get("/v1/models", headers: foreign).status
      #expect(refused == 403)
      for path in ["/health", "/health/live", "/health/ready"] {
        let watched = try await server.get(path, headers: foreign).status
        #expect(watched == 200)
      }
      let local = try await server.get("/v1/models", headers: ["Host": "localhost"]).status
      #expect(local == 200)
    }
  }
}
