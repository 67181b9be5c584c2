import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiServer
import Testing

/// Conversations that do not fit: refused, or shortened where the request allows it.
struct TruncationTests {
  /// A conversation of whole turns; each message has its number in it.
  private static func conversation(turns: Int, length: Int = 20) -> [ChatMessage] {
    var messages = [ChatMessage(.system, "Be brief.")]
    for turn in 0..<turns {
      messages.append(ChatMessage(.user, "u\(turn)" + String(repeating: "x", count: length)))
      messages.append(ChatMessage(.assistant, "a\(turn)"))
    }
    return messages + [ChatMessage(.user, "last")]
  }

  private static func json(_ messages: [ChatMessage]) -> String {
    let list = messages.map { message in
      "{\"role\": \"\(message.role.rawValue)\", \"content\": \"\(message.text)\"}"
    }
    return "[\(list.joined(separator: ","))]"
  }

  private static func plan(
    _ messages: [ChatMessage],
    contextLength: Int,
    maximumTokens: Int? = nil,
    template: String? = nil
  ) throws -> AnswerPlan {
    var plan = ConversationPlan(messages: messages, sampling: SamplingOptions())
    plan.truncates = true
    plan.maximumTokens = maximumTokens
    let engine = ScriptedEngine(contextLength: contextLength) { _ in .says([]) }
    return try plan.plan(TinyModel.served(by: engine, template: template))
  }

  private static func prompt(
    _ messages: [ChatMessage],
    template: String? = nil
  ) throws -> [Int32] {
    let plan = ConversationPlan(messages: messages, sampling: SamplingOptions())
    let engine = ScriptedEngine { _ in .says([]) }
    return try plan.prompt(TinyModel.served(by: engine, template: template)).tokens
  }

  @Test(arguments: [nil, 1, 30, 100_000])
  func `no more turns go than leave the answer its room, the oldest first`(
    maximumTokens: Int?
  ) throws {
    let messages = Self.conversation(turns: 8)
    let whole = try Self.prompt(messages).count
    for length in 90...700 {
      let room = maximumTokens.map { min($0, length / 2) } ?? min(512, length / 4)
      guard
        let plan = try? Self.plan(
          messages,
          contextLength: length,
          maximumTokens: maximumTokens
        )
      else {
        Issue.record("refused at \(length)")
        continue
      }
      let dropped = plan.dropped?.messages ?? []
      // The first messages after the system's, two by two.
      #expect(dropped == Array(1..<1 + dropped.count) && dropped.count % 2 == 0)
      let rest = [messages[0]] + messages[(1 + dropped.count)...]
      let prompt = try #require(plan.choices.first?.request.prompt)
      #expect(try prompt == Self.prompt(Array(rest)))
      #expect((plan.dropped?.tokenCount ?? 0) == whole - prompt.count)
      #expect(prompt.count + room <= length || dropped.count == 16)
      if dropped.count > 0 {
        let more = [messages[0]] + messages[(dropped.count - 1)...]
        #expect(try Self.prompt(Array(more)).count + room > length)
      }
    }
  }

  @Test func `results of tools go with their calls, the last ones stay`() throws {
    let call = ToolCall(id: "1", name: "clock", arguments: [:])
    func round(_ number: Int) -> [ChatMessage] {
      [
        ChatMessage(.assistant, nil, toolCalls: [call]),
        ChatMessage(.tool, "result \(number)" + String(repeating: "x", count: 60)),
      ]
    }
    let messages =
      [ChatMessage(.system, "s"), ChatMessage(.user, "old"), ChatMessage(.assistant, "a")]
      + [ChatMessage(.user, "question")] + round(1) + round(2) + round(3)
    let template =
      "{% for m in messages %}{{ m.role }} {{ m.content or '' }}"
      + "{% for call in m.tool_calls or [] %}{{ call.function.name }}{% endfor %}\n{% endfor %}"
    let whole = try Self.prompt(messages, template: template).count
    func dropped(_ missing: Int) throws -> [Int]? {
      try Self.plan(
        messages,
        contextLength: whole - missing,
        maximumTokens: 1,
        template: template
      ).dropped?.messages
    }
    #expect(try dropped(60) == [1, 2, 4, 5])
    #expect(try dropped(150) == [1, 2, 4, 5, 6, 7])
  }

  @Test func `what is still too long is refused with both lengths`() throws {
    let messages =
      Self.conversation(turns: 3) + [ChatMessage(.user, String(repeating: "y", count: 99))]
    let least = try Self.prompt([messages[0], messages[messages.count - 1]]).count
    #expect(throws: ServerError.promptTooLong(tokenCount: least, contextLength: 80)) {
      _ = try Self.plan(messages, contextLength: 80)
    }
  }

  @Test func `thousands of messages are shortened in a few renderings`() throws {
    let messages = Self.conversation(turns: 5000, length: 1)
    let plan = try Self.plan(messages, contextLength: 400)
    #expect(plan.dropped?.messages.count ?? 0 > 9_900)
    #expect(plan.dropped?.header.hasPrefix("1-99") == true)
  }

  @Test func `places become ranges, at most fifty`() {
    #expect(DroppedMessages(messages: [1, 2, 3, 5, 7, 8], tokenCount: 1).header == "1-3,5,7-8")
    let many = DroppedMessages(messages: Array(stride(from: 0, to: 400, by: 2)), tokenCount: 1)
    #expect(many.header.hasPrefix("0,2,4") && many.header.hasSuffix(",98,..."))
  }

  @Test func `OpenAI's clients choose, and are told`() async throws {
    let messages = Self.json(Self.conversation(turns: 4))
    let engine = ScriptedEngine(contextLength: 150) { _ in .says(["a", "b"]) }
    try await TestServer.run(engine) { server in
      func ask(_ rest: String) async throws -> TestServer.Reply {
        try await server.post(
          "/v1/chat/completions",
          "{\"model\": \"tiny\", \"max_tokens\": 10, \"messages\": \(messages)\(rest)}"
        )
      }
      for refused in ["", ", \"truncation\": \"disabled\""] {
        let reply = try await ask(refused)
        #expect(reply.status == 400)
        #expect(try reply.json["error"]?["code"]?.string == "context_length_exceeded")
        #expect(try reply.json["error"]?["message"]?.string?.contains("holds 150") == true)
      }
      let wrong = try await ask(", \"truncation\": \"middle\"")
      #expect(try wrong.json["error"]?["param"]?.string == "truncation")
      let reply = try await ask(", \"truncation\": \"auto\"")
      #expect(reply.status == 200)
      let dropped = try #require(try reply.json["dropped"])
      #expect(dropped["messages"] == [1, 2, 3, 4])
      #expect(dropped["tokens"]?.count ?? 0 > 60)
      #expect(reply.header("x-chaski-dropped-messages") == "1-4")
      let stream = try await ask(", \"truncation\": \"auto\", \"stream\": true")
      #expect(stream.header("x-chaski-dropped-messages") == "1-4")
      let told = try stream.events.dropLast().map { try JSONValue(parsing: $0)["dropped"] }
      #expect(told.first == dropped)
      #expect(told.dropFirst().allSatisfy { $0 == nil })
    }
  }

  @Test func `what fits is left alone`() async throws {
    let messages = Self.json(Self.conversation(turns: 1))
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let reply = try await server.post(
        "/v1/chat/completions",
        "{\"model\": \"tiny\", \"messages\": \(messages), \"truncation\": \"auto\"}"
      )
      #expect(reply.status == 200)
      #expect(try reply.json["dropped"] == nil)
      #expect(reply.header("x-chaski-dropped-messages") == nil)
    }
  }

  @Test func `places are those of each API's own list`() async throws {
    let messages = Self.json(Array(Self.conversation(turns: 4).dropFirst()))
    let engine = ScriptedEngine(contextLength: 150) { _ in .says(["a"]) }
    try await TestServer.run(engine) { server in
      let response = try await server.post(
        "/v1/responses",
        """
        {"model": "tiny", "instructions": "Be brief.", "input": \(messages),
         "truncation": "auto", "max_output_tokens": 10}
        """
      )
      #expect(try response.json["truncation"]?.string == "auto")
      #expect(try response.json["dropped"]?["messages"] == [0, 1, 2, 3])
      #expect(response.header("x-chaski-dropped-messages") == "0-3")
      let body = """
        {"model": "tiny", "system": "Be brief.", "messages": \(messages), "max_tokens": 10
        """
      let refused = try await server.post("/v1/messages", body + "}")
      #expect(refused.status == 400)
      let message = try await server.post("/v1/messages", body + ", \"truncation\": \"auto\"}")
      #expect(try message.json["dropped"]?["messages"] == [0, 1, 2, 3])
      let events = try await server.post(
        "/v1/messages",
        body + ", \"truncation\": \"auto\", \"stream\": true}"
      )
      let start = try JSONValue(parsing: try #require(events.events.first))
      #expect(start["message"]?["dropped"]?["messages"] == [0, 1, 2, 3])
    }
    #expect(Set(engine.requests.map(\.prompt)).count == 1)
  }

  @Test func `Ollama's clients get a shortened conversation unless they forbid it`() async throws {
    let messages = Self.json(Self.conversation(turns: 4))
    try await TestServer.run(ScriptedEngine(contextLength: 150) { _ in .says(["a"]) }) { server in
      let body =
        "{\"model\": \"tiny\", \"options\": {\"num_predict\": 10}, \"messages\": \(messages)"
      let whole = try await server.post("/api/chat", body + ", \"stream\": false}")
      #expect(try whole.json["dropped"]?["messages"] == [1, 2, 3, 4])
      let stream = try await server.post("/api/chat", body + "}")
      let last = try #require(stream.body.split(separator: "\n").last)
      #expect(try JSONValue(parsing: String(last))["dropped"]?["messages"] == [1, 2, 3, 4])
      #expect(stream.header("x-chaski-dropped-messages") == "1-4")
      let refused = try await server.post("/api/chat", body + ", \"truncate\": false}")
      #expect(refused.status == 400)
    }
  }
}
