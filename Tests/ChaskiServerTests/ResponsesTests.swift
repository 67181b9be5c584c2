import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import Testing

/// OpenAI's responses.
struct ResponsesTests {
  @Test(arguments: [
    "\"Hi\"", "[{\"role\": \"user\", \"content\": \"Hi\"}]",
    "[{\"type\": \"message\", \"role\": \"user\", \"content\": [{\"type\": \"input_text\", \"text\": \"Hi\"}]}]",
  ])
  func `an input is answered`(input: String) async throws {
    let engine = ScriptedEngine(saying: "Hel", "lo")
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/v1/responses",
        "{\"model\": \"tiny\", \"input\": \(input), \"instructions\": \"Be brief.\"}"
      )
      let json = try reply.json
      #expect(json["status"]?.string == "completed")
      let item = try #require(json["output"]?.array?.first)
      #expect(item["type"]?.string == "message")
      #expect(item["content"]?.array?.first?["text"]?.string == "Hello")
      #expect(json["usage"]?["output_tokens"] == 2)
    }
    let text = String(
      decoding: engine.requests[0].prompt.filter { $0 < 256 }.map { UInt8($0) },
      as: UTF8.self
    )
    #expect(text == "system\nBe brief.\nuser\nHi\nassistant\n")
  }

  @Test func `events come in order and numbered`() async throws {
    let engine = ScriptedEngine { _ in .says(["<think>w</think>", "a", "b"], .length) }
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/v1/responses",
        "{\"model\": \"tiny\", \"input\": \"Hi\", \"stream\": true}"
      )
      let names = [
        "response.created", "response.in_progress", "response.output_item.added",
        "response.reasoning_text.delta", "response.reasoning_text.done",
        "response.output_item.done", "response.output_item.added", "response.content_part.added",
        "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
        "response.content_part.done", "response.output_item.done", "response.incomplete",
      ]
      #expect(reply.eventNames == names)
      let events = try reply.events.map { try JSONValue(parsing: $0) }
      #expect(events.map { $0["type"]?.string } == names)
      #expect(events.map { $0["sequence_number"] } == names.indices.map { .int($0) })
      let response = try #require(events.last?["response"])
      #expect(response["status"]?.string == "incomplete")
      #expect(response["output"]?.array?.map { $0["type"]?.string } == ["reasoning", "message"])
    }
  }

  @Test func `what was answered can be sent back, with its reasoning`() async throws {
    let engine = ScriptedEngine(saying: "<think>why</think>", "so")
    let template =
      "{% for m in messages %}{{ m.role }}:{{ m.reasoning_content or '' }}:{{ m.content }} {% endfor %}"
    try await TestServer.run(engine, template: template) { server in
      let reply = try await server.post("/v1/responses", "{\"model\": \"tiny\", \"input\": \"Hi\"}")
      let output = try #require(try reply.json["output"]?.array)
      #expect(output.map { $0["type"] } == ["reasoning", "message"])
      let refusal: JSONValue = [
        "role": "assistant",
        "content": [
          ["type": "refusal", "refusal": "no"], ["type": "output_text", "text": "later"],
        ],
      ]
      let question: JSONValue = ["role": "user", "content": "Bye"]
      let input = JSONValue.array(
        [["role": "user", "content": "Hi"]] + output + [question, refusal, question]
      )
      let next: JSONValue = ["model": "tiny", "input": input]
      let second = try await server.post("/v1/responses", next.jsonText())
      #expect(second.status == 200)
    }
    let expected = "user::Hi assistant:why:so user::Bye assistant::later user::Bye "
    #expect(engine.requests.last?.prompt == TinyModel.tokens(expected))
  }

  @Test func `places of what was left out are those of items`() async throws {
    let engine = ScriptedEngine(contextLength: 120) { _ in .says(["a"]) }
    try await TestServer.run(engine) { server in
      let long = String(repeating: "x", count: 60)
      let reply = try await server.post(
        "/v1/responses",
        """
        {"model": "tiny", "instructions": "s", "truncation": "auto", "max_output_tokens": 10, "input": [
         {"type": "reasoning", "content": []}, {"role": "user", "content": "\(long)"},
         {"type": "reasoning", "content": []}, {"role": "assistant", "content": "so"},
         {"role": "user", "content": "last"}]}
        """
      )
      #expect(try reply.json["dropped"]?["messages"] == [1, 3])
    }
  }

  @Test(arguments: [
    "\"include\": [\"message.output_text.logprobs\"], \"top_logprobs\": 1", "\"top_logprobs\": 1",
  ])
  func `log-probabilities are told, whole and in events`(fields: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "x", "y", TinyModel.endMark)) { server in
      let body = "{\"model\": \"tiny\", \"input\": \"Hi\", \(fields)"
      let reply = try await server.post("/v1/responses", body + "}")
      let part = try #require(try reply.json["output"]?.array?.first?["content"]?.array?.first)
      let told = try #require(part["logprobs"]?.array)
      #expect(told.map { $0["token"] } == ["x", "y"])
      #expect(told.first?["top_logprobs"]?.array?.map { $0["token"] } == ["A"])
      let stream = try await server.post("/v1/responses", body + ", \"stream\": true}")
      let events = try stream.events.map { try JSONValue(parsing: $0) }
      let deltas = events.filter { $0["type"] == "response.output_text.delta" }
      #expect(deltas.flatMap { $0["logprobs"]?.array ?? [] } == told)
      let done = events.first { $0["type"] == "response.output_text.done" }
      #expect(done?["logprobs"] == .array(told))
    }
  }

  @Test func `tools that may not be called are no hindrance`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let tools =
        "\"tools\": [{\"type\": \"function\", \"name\": \"f\"}], \"tool_choice\": \"none\""
      let reply = try await server.post(
        "/v1/responses",
        "{\"model\": \"tiny\", \"input\": \"Hi\", \(tools)}"
      )
      #expect(reply.status == 200)
    }
  }

  @Test(arguments: ["\"previous_response_id\": \"x\"", "\"background\": true", "\"tools\": [{}]"])
  func `what would be lost is refused`(field: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "no")) { server in
      let reply = try await server.post(
        "/v1/responses",
        "{\"model\": \"tiny\", \"input\": \"Hi\", \(field)}"
      )
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["code"]?.string == "unsupported_parameter")
    }
  }
}
