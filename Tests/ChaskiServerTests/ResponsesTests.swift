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
