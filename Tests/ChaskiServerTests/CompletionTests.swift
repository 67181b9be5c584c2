import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import Testing

/// OpenAI's continuations of plain texts.
struct CompletionTests {
  @Test(
    arguments: [
      ("\"ab\"", [[97, 98]]), ("[\"a\", \"b\"]", [[97], [98]]), ("[97, 98]", [[97, 98]]),
      ("[[97], [98, 99]]", [[97], [98, 99]]), ("[97.0]", [[97]]),
    ] as [(String, [[Int32]])]
  )
  func `prompts come as texts or tokens, one or many`(
    prompt: String,
    expected: [[Int32]]
  ) async throws {
    let engine = ScriptedEngine(saying: "!")
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": \(prompt)}"
      )
      #expect(reply.status == 200)
      #expect(try reply.json["choices"]?.array?.count == expected.count)
    }
    #expect(engine.requests.map(\.prompt).sorted { $0.lexicographicallyPrecedes($1) } == expected)
    #expect(engine.requests.allSatisfy { $0.maximumTokens == 16 && $0.continuesText })
  }

  @Test(arguments: [
    "null", "[]", "{}", "[[]]", "[1, \"a\"]", "[-1]", "[99999]", "[1e300]", "[[1], 2]", "5",
  ])
  func `other prompts are refused`(prompt: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "!")) { server in
      let reply = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": \(prompt)}"
      )
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["param"]?.string == "prompt")
    }
  }

  @Test func `echo repeats the prompt with its log-probabilities`() async throws {
    let engine = ScriptedEngine(saying: "c")
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/v1/completions",
        """
        {"model": "tiny", "prompt": [97, 98], "echo": true, "logprobs": 1, "max_tokens": 1}
        """
      )
      let choice = try #require(try reply.json["choices"]?.array?.first)
      #expect(choice["text"]?.string == "abc")
      let logprobs = try #require(choice["logprobs"])
      #expect(logprobs["tokens"] == ["a", "b", "c"])
      #expect(logprobs["token_logprobs"] == [nil, .double(-1.5), .double(-1.5)])
      #expect(logprobs["text_offset"] == [0, 1, 2])
      let top = try #require(logprobs["top_logprobs"]?.array)
      #expect(top[0] == .null)
      #expect(top[1] == ["A": .double(-0.5), "b": .double(-1.5)])
    }
    #expect(engine.requests.first?.promptLogprobs == 1)
  }

  @Test func `no tokens with echo tells about the prompt alone`() async throws {
    let engine = ScriptedEngine { .says($0.maximumTokens == 0 ? [] : ["c"], .length) }
    try await TestServer.run(engine) { server in
      let body =
        "{\"model\": \"tiny\", \"prompt\": \"ab\", \"echo\": true, \"logprobs\": 0, \"max_tokens\": 0"
      let reply = try await server.post("/v1/completions", body + "}")
      let choice = try #require(try reply.json["choices"]?.array?.first)
      #expect(choice["text"]?.string == "ab")
      #expect(choice["logprobs"]?["tokens"] == ["a", "b"])
      #expect(choice["finish_reason"] == "length")
      #expect(try reply.json["usage"]?["completion_tokens"] == 0)
      let stream = try await server.post("/v1/completions", body + ", \"stream\": true}")
      let parts = try stream.events.dropLast().compactMap {
        try JSONValue(parsing: $0)["choices"]?.array?.first
      }
      #expect(parts.map { $0["text"] } == ["ab", ""])
      #expect(parts.last?["finish_reason"] == "length")
      let refused = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": \"ab\", \"max_tokens\": 0}"
      )
      #expect(refused.status == 400)
    }
  }

  @Test func `tokens that are half a character are told as bytes`() async throws {
    try await TestServer.run(ScriptedEngine { _ in .says([], .length) }) { server in
      let reply = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": [195, 169], \"echo\": true, \"logprobs\": 0, \"max_tokens\": 0}"
      )
      let choice = try #require(try reply.json["choices"]?.array?.first)
      #expect(choice["text"]?.string == "é")
      #expect(choice["logprobs"]?["tokens"] == ["bytes:\\xc3", "bytes:\\xa9"])
    }
  }

  @Test func `a stream echoes first and tells each text once`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "c", "d")) { server in
      let reply = try await server.post(
        "/v1/completions",
        """
        {"model": "tiny", "prompt": "ab", "echo": true, "logprobs": 0, "stream": true}
        """
      )
      let choices = try reply.events.dropLast().compactMap {
        try JSONValue(parsing: $0)["choices"]?.array?.first
      }
      #expect(choices.compactMap { $0["text"]?.string } == ["ab", "c", "d", ""])
      let tokens = choices.flatMap { $0["logprobs"]?["tokens"]?.array ?? [] }
      #expect(tokens == ["a", "b", "c", "d"])
      let offsets = choices.flatMap { $0["logprobs"]?["text_offset"]?.array ?? [] }
      #expect(offsets == [0, 1, 2, 3])
      #expect(reply.events.last == "[DONE]")
    }
  }

  @Test func `answers to many prompts keep their order`() async throws {
    let engine = ScriptedEngine {
      .says([String(decoding: $0.prompt.map { UInt8($0) }, as: UTF8.self)])
    }
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": [\"a\", \"b\", \"c\"], \"n\": 2}"
      )
      let texts = try reply.json["choices"]?.array?.map { $0["text"]?.string }
      #expect(texts == ["a", "a", "b", "b", "c", "c"])
      #expect(try reply.json["usage"]?["prompt_tokens"] == 3)
    }
  }
}
