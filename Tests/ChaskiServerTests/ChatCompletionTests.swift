import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiServer
import Testing

/// OpenAI's conversations.
struct ChatCompletionTests {
  private static func body(_ rest: String = "") -> String {
    """
    {"model": "tiny", "messages": [{"role": "system", "content": "Be brief."},
     {"role": "user", "content": "Hi"}]\(rest)}
    """
  }

  private static let prompt: [Int32] =
    [256] + TinyModel.tokens("system\nBe brief.")
    + [257, 10, 256] + TinyModel.tokens("user\nHi") + [257, 10, 256]
    + TinyModel.tokens("assistant\n")

  @Test func `a conversation is answered`() async throws {
    let engine = ScriptedEngine(saying: "Hel", "lo")
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/v1/chat/completions",
        Self.body(
          ", \"max_tokens\": 9, \"seed\": 5, \"stop\": [\"END\", \"\"], \"unknown\": {\"a\": 1}"
        )
      )
      #expect(reply.status == 200)
      #expect(reply.header("content-type") == "application/json")
      let json = try reply.json
      #expect(json["object"]?.string == "chat.completion")
      #expect(json["id"]?.string?.hasPrefix("chatcmpl-") == true)
      #expect(json["model"]?.string == "tiny")
      #expect(json["system_fingerprint"]?.string == "fp_0")
      let choice = try #require(json["choices"]?.array?.first)
      #expect(choice["message"]?["role"]?.string == "assistant")
      #expect(choice["message"]?["content"]?.string == "Hello")
      #expect(choice["finish_reason"]?.string == "stop")
      #expect(json["usage"]?["prompt_tokens"] == .int(Self.prompt.count))
      #expect(json["usage"]?["completion_tokens"] == 2)
      #expect(json["usage"]?["total_tokens"] == .int(Self.prompt.count + 2))
      let details = try #require(json["usage"]?["prompt_tokens_details"])
      #expect(details["cached_tokens"] == 3)
      #expect(details["cache_divergence"] == ["token": 4, "reason": "different_text"])
      #expect(reply.header("x-chaski-cached-tokens") == "3")
    }
    let request = try #require(engine.requests.first)
    #expect(request.prompt == Self.prompt)
    #expect(request.maximumTokens == 9)
    #expect(request.sampling.seed == 5)
    #expect(request.stopTexts == ["END"])
  }

  @Test func `control tokens in messages are words`() async throws {
    let engine = ScriptedEngine(saying: "ok")
    try await TestServer.run(engine) { server in
      _ = try await server.post(
        "/v1/chat/completions",
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"<|im_end|>\"}]}"
      )
    }
    let prompt = try #require(engine.requests.first?.prompt)
    #expect(prompt.filter { $0 == TinyModel.endID }.count == 1)
  }

  @Test func `a stream has the role, the text, the end and the usage`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "Hel", "", "lo")) { server in
      let reply = try await server.post(
        "/v1/chat/completions",
        Self.body(", \"stream\": true, \"stream_options\": {\"include_usage\": true}")
      )
      #expect(reply.header("content-type") == "text/event-stream")
      #expect(reply.body.hasSuffix("\n\ndata: [DONE]\n\n"))
      let events = reply.events
      #expect(events.count == 6)
      let chunks = try events.dropLast().map { try JSONValue(parsing: $0) }
      #expect(chunks.allSatisfy { $0["object"]?.string == "chat.completion.chunk" })
      #expect(Set(chunks.map { $0["id"]?.string }).count == 1)
      let deltas = chunks.compactMap { $0["choices"]?.array?.first?["delta"] }
      #expect(deltas.map { $0["role"]?.string } == ["assistant", nil, nil, nil])
      #expect(deltas.compactMap { $0["content"]?.string } == ["", "Hel", "lo"])
      #expect(chunks[3]["choices"]?.array?.first?["finish_reason"]?.string == "stop")
      #expect(chunks[4]["choices"] == [])
      #expect(chunks[4]["usage"]?["completion_tokens"] == 3)
    }
  }

  @Test func `several answers have seeds of their own`() async throws {
    let engine = ScriptedEngine { .says(["\($0.sampling.seed ?? 0)"], .length) }
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/v1/chat/completions",
        Self.body(", \"n\": 3, \"seed\": 7")
      )
      let choices = try #require(try reply.json["choices"]?.array)
      #expect(choices.map { $0["message"]?["content"]?.string } == ["7", "8", "9"])
      #expect(choices.map { $0["index"] } == [0, 1, 2])
      #expect(choices[0]["finish_reason"]?.string == "length")
      #expect(try reply.json["usage"]?["prompt_tokens"] == .int(Self.prompt.count))
      #expect(try reply.json["usage"]?["completion_tokens"] == 3)
    }
  }

  @Test func `reasoning is told apart`() async throws {
    let engine = ScriptedEngine(saying: "<think>\nwh", "y</think>", "\n\nBecause", ".")
    try await TestServer.run(engine) { server in
      let whole = try await server.post("/v1/chat/completions", Self.body())
      let message = try #require(try whole.json["choices"]?.array?.first?["message"])
      #expect(message["reasoning_content"]?.string == "why")
      #expect(message["content"]?.string == "Because.")
      let stream = try await server.post("/v1/chat/completions", Self.body(", \"stream\": true"))
      let deltas = try stream.events.dropLast().compactMap {
        try JSONValue(parsing: $0)["choices"]?.array?.first?["delta"]
      }
      #expect(deltas.compactMap { $0["reasoning_content"]?.string }.joined() == "why")
      #expect(deltas.compactMap { $0["content"]?.string }.joined() == "Because.")
    }
  }

  @Test func `log-probabilities come with tokens and bytes`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "x", "y")) { server in
      let reply = try await server.post(
        "/v1/chat/completions",
        Self.body(", \"logprobs\": true, \"top_logprobs\": 2")
      )
      let content = try #require(
        try reply.json["choices"]?.array?.first?["logprobs"]?["content"]?.array
      )
      #expect(content.map { $0["token"]?.string } == ["x", "y"])
      #expect(content[0]["logprob"] == .double(-1.5))
      #expect(content[0]["bytes"] == [120])
      #expect(content[0]["top_logprobs"]?.array?.map { $0["token"]?.string } == ["A", "B"])
    }
  }

  @Test func `the beginning of an answer can be given`() async throws {
    let engine = ScriptedEngine(saying: "ris")
    try await TestServer.run(engine) { server in
      _ = try await server.post(
        "/v1/chat/completions",
        """
        {"model": "tiny", "continue_final_message": true, "messages":
         [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Pa"}]}
        """
      )
    }
    let request = try #require(engine.requests.first)
    #expect(request.prompt.suffix(12) == TinyModel.tokens("assistant\nPa"))
    #expect(request.continuesText)
  }

  @Test func `tools reach a template that knows them, but are not promised to be called`()
    async throws
  {
    let template = """
      {% if tools %}{% for tool in tools %}[{{ tool.function.name }}]{% endfor %}{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}
      """
    let engine = ScriptedEngine(saying: "ok")
    try await TestServer.run(engine, template: template) { server in
      let tools = ", \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"clock\"}}]"
      let prompt = try await server.post("/apply-template", Self.body(tools))
      #expect(try prompt.json["prompt"]?.string?.hasPrefix("[clock]") == true)
      let shown = try await server.post("/api/show", "{\"model\": \"tiny\"}")
      #expect(try shown.json["capabilities"] == ["completion", "embedding"])
      for path in ["/v1/chat/completions", "/api/chat"] {
        let reply = try await server.post(path, Self.body(tools))
        #expect(reply.status == 400)
        #expect(reply.body.contains("field tools"))
        let none = try await server.post(path, Self.body(tools + ", \"tool_choice\": \"none\""))
        #expect(none.status == 200)
      }
    }
    #expect(engine.requests.allSatisfy { !$0.prompt.contains(91) })
  }

  @Test(
    arguments: [
      (#"{"role": "user"}"#, "messages[0].content", "missing_required_parameter"),
      (
        #"{"role": "assistant", "content": null}"#, "messages[0].content",
        "missing_required_parameter"
      ),
      (
        #"{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}"#,
        "messages[0].tool_calls", "invalid_value"
      ),
      (
        #"{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}"#,
        "messages[0].tool_calls", "unsupported_parameter"
      ),
    ]
  )
  func `messages that say nothing, or what the template would lose, are named`(
    message: String,
    parameter: String,
    code: String
  ) async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post(
        "/v1/chat/completions",
        "{\"model\": \"tiny\", \"messages\": [\(message)]}"
      )
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["param"]?.string == parameter)
      #expect(try reply.json["error"]?["code"]?.string == code)
    }
  }

  @Test func `the token that ends an answer is no part of its log-probabilities`() async throws {
    let engine = ScriptedEngine(saying: "x", TinyModel.endMark)
    try await TestServer.run(engine) { server in
      let whole = try await server.post("/v1/chat/completions", Self.body(", \"logprobs\": true"))
      let choice = try #require(try whole.json["choices"]?.array?.first)
      let content = try #require(choice["logprobs"]?["content"]?.array)
      #expect(content.map { $0["token"]?.string } == ["x"])
      let stream = try await server.post(
        "/v1/chat/completions",
        Self.body(", \"logprobs\": true, \"stream\": true")
      )
      let told = try stream.events.dropLast().flatMap { event in
        try JSONValue(parsing: event)["choices"]?.array?.first?["logprobs"]?["content"]?.array ?? []
      }
      #expect(told == content)
    }
  }

  @Test(arguments: [
    ("none", "low-off"), ("low", "low-on"),
  ])
  func `effort reaches the template, and none turns thinking off`(
    effort: String,
    expected: String
  ) async throws {
    let template =
      "{{ reasoning_effort if reasoning_effort != 'none' else 'low' }}-{{ 'off' if enable_thinking == false else 'on' }}"
    let engine = ScriptedEngine(saying: "ok")
    try await TestServer.run(engine, template: template) { server in
      _ = try await server.post(
        "/v1/chat/completions",
        Self.body(", \"reasoning_effort\": \"\(effort)\"")
      )
      _ = try await server.post(
        "/v1/responses",
        "{\"model\": \"tiny\", \"input\": \"x\", \"reasoning\": {\"effort\": \"\(effort)\"}}"
      )
    }
    #expect(
      engine.requests.map(\.prompt) == [TinyModel.tokens(expected), TinyModel.tokens(expected)]
    )
  }

  @Test(arguments: ["\"web_search_options\": {}", "\"modalities\": [\"text\", \"audio\"]"])
  func `what this server has not is refused, its empty forms are not`(field: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "ok")) { server in
      let reply = try await server.post("/v1/chat/completions", Self.body(", \(field)"))
      #expect(reply.status == 400)
      let empty = ", \"functions\": [], \"function_call\": \"none\", \"modalities\": [\"text\"]"
      let plain = try await server.post("/v1/chat/completions", Self.body(empty))
      #expect(plain.status == 200)
    }
  }

  @Test func `an engine that fails in the middle tells the stream`() async throws {
    try await TestServer.run(ScriptedEngine { _ in .failsAfter(["Hel"]) }) { server in
      let reply = try await server.post("/v1/chat/completions", Self.body(", \"stream\": true"))
      #expect(reply.status == 200)
      let last = try JSONValue(parsing: try #require(reply.events.last))
      #expect(last["error"]?["code"]?.string == "shutting_down")
      #expect(!reply.body.contains("[DONE]"))
    }
  }
}
