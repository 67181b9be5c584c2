import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import Testing

/// Anthropic's messages.
struct MessagesTests {
  private static func body(_ rest: String = "") -> String {
    """
    {"model": "tiny", "max_tokens": 50, "system": [{"type": "text", "text": "Be brief."}],
     "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]\(rest)}
    """
  }

  @Test func `a conversation is answered`() async throws {
    let engine = ScriptedEngine(saying: "Hel", "lo")
    try await TestServer.run(engine) { server in
      let reply = try await server.post("/v1/messages", Self.body())
      let json = try reply.json
      #expect(json["type"]?.string == "message")
      #expect(json["role"]?.string == "assistant")
      #expect(json["content"] == [["type": "text", "text": "Hello"]])
      #expect(json["stop_reason"]?.string == "end_turn")
      #expect(json["usage"]?["cache_read_input_tokens"] == 3)
      let count = try await server.post("/v1/messages/count_tokens", Self.body())
      #expect(try count.json["input_tokens"] == .int(engine.requests[0].prompt.count))
    }
    let text = String(
      decoding: engine.requests[0].prompt.filter { $0 < 256 }.map { UInt8($0) },
      as: UTF8.self
    )
    #expect(text == "system\nBe brief.\nuser\nHi\nassistant\n")
  }

  @Test func `events come in Anthropic's order`() async throws {
    let engine = ScriptedEngine(saying: "<think>why</think>", "Be", "cause")
    try await TestServer.run(engine) { server in
      let reply = try await server.post("/v1/messages", Self.body(", \"stream\": true"))
      #expect(
        reply.eventNames == [
          "message_start", "ping", "content_block_start", "content_block_delta",
          "content_block_stop", "content_block_start", "content_block_delta",
          "content_block_delta", "content_block_stop", "message_delta", "message_stop",
        ]
      )
      let events = try reply.events.map { try JSONValue(parsing: $0) }
      #expect(events.map { $0["type"]?.string } == reply.eventNames)
      #expect(events[0]["message"]?["content"] == [])
      let start = try #require(events[0]["message"]?["usage"])
      let end = try #require(events[9]["usage"])
      // What the beginning tells of the prompt is what the end tells.
      #expect(start["cache_read_input_tokens"] == 3)
      #expect(start["input_tokens"] == end["input_tokens"])
      #expect(start["output_tokens"] == 0)
      #expect(events[3]["delta"]?["thinking"]?.string == "why")
      #expect(events[5]["index"] == 1)
      #expect(events[9]["delta"]?["stop_reason"]?.string == "end_turn")
      #expect(events[9]["usage"]?["output_tokens"] == 3)
    }
  }

  @Test func `what one side says in several messages is one turn`() async throws {
    let engine = ScriptedEngine(saying: "ok")
    let template =
      "{% for m in messages %}{{ m.role }}:{{ m.content }};{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"
    try await TestServer.run(engine, template: template) { server in
      let reply = try await server.post(
        "/v1/messages",
        """
        {"model": "tiny", "max_tokens": 5, "messages": [
         {"role": "user", "content": "a"}, {"role": "user", "content": "b"},
         {"role": "assistant", "content": "c"}, {"role": "assistant", "content": "d"},
         {"role": "user", "content": "e"}]}
        """
      )
      #expect(reply.status == 200)
    }
    #expect(
      engine.requests[0].prompt == TinyModel.tokens("user:a\nb;assistant:c\nd;user:e;assistant:")
    )
  }

  @Test(arguments: [
    "\"output_format\": {\"type\": \"json_schema\", \"schema\": {}}",
    "\"output_config\": {\"format\": {\"type\": \"json_schema\", \"schema\": {}}}",
    "\"tools\": [{\"name\": \"f\", \"input_schema\": {}}]",
  ])
  func `what would be lost is refused`(field: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post("/v1/messages", Self.body(", \(field)"))
      #expect(reply.status == 400)
      #expect(reply.body.contains("cannot be honoured"))
    }
  }

  @Test func `tools that may not be called are no hindrance`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let tools = ", \"tools\": [{\"name\": \"f\"}], \"tool_choice\": {\"type\": \"none\"}"
      let reply = try await server.post("/v1/messages", Self.body(tools))
      #expect(reply.status == 200)
      #expect(reply.header("request-id") == reply.header("x-request-id"))
    }
  }

  @Test func `an empty answer has a block all the same`() async throws {
    try await TestServer.run(ScriptedEngine { _ in .says([], .length) }) { server in
      let reply = try await server.post("/v1/messages", Self.body(", \"stream\": true"))
      #expect(
        reply.eventNames == [
          "message_start", "ping", "content_block_start", "content_block_stop", "message_delta",
          "message_stop",
        ]
      )
    }
  }

  @Test func `a stop text is named`() async throws {
    // The engine's tokens are a, E: the text ends before E.
    let engine = ScriptedEngine { _ in .says(["a", "E"]) }
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/v1/messages",
        Self.body(", \"stop_sequences\": [\"X\", \"E\"]")
      )
      #expect(try reply.json["stop_reason"]?.string == "stop_sequence")
      #expect(try reply.json["stop_sequence"]?.string == "E")
    }
  }

  @Test(arguments: [
    ("{\"model\": \"tiny\", \"messages\": []}", 400),
    (
      "{\"model\": \"x\", \"max_tokens\": 1, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}",
      404
    ),
    (
      "{\"model\": \"tiny\", \"max_tokens\": 0, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}",
      400
    ),
    ("{\"model\": \"tiny\", \"max_tokens\": 1, \"messages\": [{\"role\": \"user\"}]}", 400),
    (
      "{\"model\": \"tiny\", \"max_tokens\": 1, \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]}",
      400
    ),
  ])
  func `wrong requests get Anthropic's error`(body: String, status: Int) async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post("/v1/messages", body)
      #expect(reply.status == status)
      #expect(try reply.json["type"]?.string == "error")
      #expect(try reply.json["request_id"]?.string == reply.header("x-request-id"))
    }
  }
}
