import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiServer
import ChaskiTokenizers
import Testing

/// Filling gaps, by llama.cpp's, OpenAI's and Ollama's routes.
struct InfillTests {
  /// Ids 258 to 262 of the tiny model.
  private static let marks = [
    "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|repo_name|>", "<|file_sep|>",
  ]

  private static func run(
    _ engine: ScriptedEngine,
    adding marks: [String] = Self.marks,
    _ body: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    try await TestServer.run(engine, adding: marks, body)
  }

  private static func tokens(_ text: String) -> [Int32] { TinyModel.tokens(text) }

  private static let gap: [Int32] =
    [258] + tokens("a(") + [259] + tokens(")b") + [260]

  @Test func `a gap is filled`() async throws {
    let engine = ScriptedEngine(saying: "x", "y")
    try await Self.run(engine) { server in
      let reply = try await server.post(
        "/infill",
        """
        {"input_prefix": "a(", "input_suffix": ")b", "n_predict": 9, "seed": 4, "stop": ["END"],
         "samplers": ["top_k", "infill"], "cache_prompt": true, "t_max_predict_ms": 500}
        """
      )
      #expect(reply.status == 200)
      let json = try reply.json
      #expect(json["content"]?.string == "xy")
      #expect(json["stop"] == true)
      #expect(json["stop_type"]?.string == "eos")
      #expect(json["tokens_predicted"] == 2)
      #expect(json["tokens_evaluated"] == .int(Self.gap.count))
      #expect(json["tokens_cached"] == 3)
      #expect(json["timings"]?["prompt_n"] == .int(Self.gap.count - 3))
      #expect(reply.header("x-chaski-cached-tokens") == "3")
    }
    let request = try #require(engine.requests.first)
    #expect(request.prompt == Self.gap)
    #expect(request.maximumTokens == 9)
    #expect(request.sampling.seed == 4)
    #expect(request.stopTexts == ["END"])
    #expect(request.continuesText)
  }

  @Test func `other files and the line so far are part of the prompt, control tokens are words`()
    async throws
  {
    let engine = ScriptedEngine(saying: "x")
    try await Self.run(engine) { server in
      _ = try await server.post(
        "/infill",
        """
        {"input_prefix": "a(", "input_suffix": ")b", "prompt": "<|fim_middle|>", "n_predict": -1,
         "input_extra": [{"filename": "f", "text": "T"}, {"text": "U"}]}
        """
      )
    }
    let request = try #require(engine.requests.first)
    var expected: [Int32] = [261] + Self.tokens("project\n")
    expected += [262] + Self.tokens("f\nT") + [262] + Self.tokens("file\nU")
    expected += [262] + Self.tokens("current\n") + [258] + Self.tokens("a(<|fim_middle|>")
    expected += [259] + Self.tokens(")b") + [260]
    #expect(request.prompt == expected)
    #expect(request.maximumTokens == nil)
  }

  @Test func `a model without names for files has them between lines`() async throws {
    let engine = ScriptedEngine(saying: "x")
    try await Self.run(engine, adding: Array(Self.marks.prefix(3))) { server in
      _ = try await server.post(
        "/infill",
        """
        {"input_prefix": "a(", "input_suffix": ")b",
         "input_extra": [{"filename": "f", "text": "T"}]}
        """
      )
    }
    #expect(engine.requests.first?.prompt == Self.tokens("\n\n--- f ---\n\nT") + Self.gap)
  }

  @Test func `a stream has the text and the end, which has the fields that are wanted`()
    async throws
  {
    try await Self.run(ScriptedEngine { _ in .says(["x", "y"], .length) }) { server in
      let body = "{\"input_prefix\": \"a(\", \"input_suffix\": \")b\", \"stream\": true"
      let reply = try await server.post("/infill", body + "}")
      #expect(reply.header("content-type") == "text/event-stream")
      let events = try reply.events.map { try JSONValue(parsing: $0) }
      #expect(events.map { $0["content"]?.string } == ["x", "y", ""])
      #expect(events.map { $0["stop"] } == [false, false, true])
      #expect(events.last?["stop_type"]?.string == "limit")
      let part = try await server.post(
        "/infill",
        body + ", \"response_fields\": [\"content\", \"timings/prompt_n\", \"no/such\"]}"
      )
      let last = try JSONValue(parsing: try #require(part.events.last))
      #expect(last.object?.keys == ["content", "timings/prompt_n"])
    }
  }

  @Test func `the text that ended it is named`() async throws {
    // The model says E, N and D, of which the engine shows none.
    let engine = ScriptedEngine { _ in .says(["E", "N", "D"]) }
    try await Self.run(engine) { server in
      let reply = try await server.post(
        "/infill",
        "{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"stop\": [\"X\", \"END\"]}"
      )
      #expect(try reply.json["stop_type"]?.string == "word")
      #expect(try reply.json["stopping_word"]?.string == "END")
    }
  }

  @Test func `OpenAI's suffix makes a gap`() async throws {
    let engine = ScriptedEngine(saying: "x")
    try await Self.run(engine) { server in
      for prompt in ["\"a(\"", "[97, 40]"] {
        let reply = try await server.post(
          "/v1/completions",
          "{\"model\": \"tiny\", \"prompt\": \(prompt), \"suffix\": \")b\"}"
        )
        #expect(reply.status == 200)
        #expect(try reply.json["choices"]?.array?.first?["text"]?.string == "x")
      }
      let echo = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": \"a\", \"suffix\": \"b\", \"echo\": true}"
      )
      #expect(echo.status == 400)
      #expect(try echo.json["error"]?["param"]?.string == "echo")
    }
    #expect(engine.requests.map(\.prompt) == [Self.gap, Self.gap])
  }

  @Test func `Ollama's suffix makes a gap, without the chat template`() async throws {
    let engine = ScriptedEngine(saying: "x")
    try await Self.run(engine) { server in
      for prompt in ["a(", ""] {
        let reply = try await server.post(
          "/api/generate",
          """
          {"model": "tiny", "prompt": "\(prompt)", "suffix": ")b", "stream": false}
          """
        )
        #expect(try reply.json["response"]?.string == "x")
      }
      let system = try await server.post(
        "/api/generate",
        "{\"model\": \"tiny\", \"prompt\": \"a\", \"suffix\": \"b\", \"system\": \"s\"}"
      )
      #expect(system.status == 400)
    }
    #expect(
      engine.requests.map(\.prompt) == [Self.gap, [258, 259] + Self.tokens(")b") + [260]]
    )
  }

  @Test func `a model without the tokens says so`() async throws {
    try await Self.run(ScriptedEngine(saying: "no"), adding: []) { server in
      let infill = try await server.post(
        "/infill",
        "{\"input_prefix\": \"a\", \"input_suffix\": \"b\"}"
      )
      #expect(infill.status == 501)
      #expect(try infill.json["error"]?["message"]?.string?.contains("filling gaps") == true)
      for path in ["/v1/completions", "/api/generate"] {
        let reply = try await server.post(
          path,
          "{\"model\": \"tiny\", \"prompt\": \"a\", \"suffix\": \"b\"}"
        )
        #expect(reply.status == 400)
        #expect(reply.body.contains("suffix"))
      }
    }
  }

  @Test(arguments: [
    ("{\"input_suffix\": \"b\"}", "input_prefix"), ("{\"input_prefix\": \"a\"}", "input_suffix"),
    ("{\"input_prefix\": [1], \"input_suffix\": \"b\"}", "input_prefix"),
    ("{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"prompt\": 7}", "prompt"),
    ("{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"input_extra\": {}}", "input_extra"),
    (
      "{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"input_extra\": [1]}",
      "input_extra[0]"
    ),
    (
      "{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"input_extra\": [{}]}",
      "input_extra[0].text"
    ),
    ("{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"n_predict\": -2}", "n_predict"),
    ("{\"input_prefix\": \"a\", \"input_suffix\": \"b\", \"samplers\": [\"no\"]}", "samplers"),
  ])
  func `what is wrong is named`(body: String, field: String) async throws {
    try await Self.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post("/infill", body)
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["param"]?.string == field)
    }
  }

  @Test func `what does not fit is refused with both lengths`() async throws {
    try await Self.run(ScriptedEngine(contextLength: 7) { _ in .says([]) }) { server in
      let reply = try await server.post(
        "/infill",
        "{\"input_prefix\": \"a(\", \"input_suffix\": \")b\"}"
      )
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["code"]?.string == "context_length_exceeded")
    }
  }
}
