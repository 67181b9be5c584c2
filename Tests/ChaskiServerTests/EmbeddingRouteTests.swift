import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import Foundation
import Testing

/// OpenAI's and Ollama's vectors of texts.
struct EmbeddingRouteTests {
  /// Length 5; each text has its own number of tokens in the last place.
  private static func engine(contextLength: Int = 512) -> ScriptedEngine {
    ScriptedEngine(contextLength: contextLength) { request in
      request.pooling == .mean ? .embeds([3, 0, 4, Float(request.prompt.count)]) : .says(["no"])
    }
  }

  private static func floats(_ json: JSONValue?) -> [Float] {
    json?.array?.map { Float(RequestFields.double($0) ?? .nan) } ?? []
  }

  @Test func `texts and tokens become vectors of length 1, in their order`() async throws {
    let engine = Self.engine()
    try await TestServer.run(engine) { server in
      for (input, counts) in [
        ("\"ab\"", [2]), ("[\"ab\", \"héllo\"]", [2, 6]), ("[97, 98, 99]", [3]),
        ("[[97], [98, 99]]", [1, 2]), ("[\"<|im_end|>\", [97]]", [10, 1]),
      ] {
        let reply = try await server.post(
          "/v1/embeddings",
          "{\"model\": \"tiny\", \"input\": \(input), \"user\": \"me\"}"
        )
        #expect(reply.status == 200)
        let json = try reply.json
        #expect(json["object"]?.string == "list")
        #expect(json["model"]?.string == "tiny")
        #expect(json["usage"]?["prompt_tokens"] == .int(counts.reduce(0, +)))
        #expect(json["usage"]?["total_tokens"] == .int(counts.reduce(0, +)))
        let data = try #require(json["data"]?.array)
        #expect(data.map { $0["index"] } == counts.indices.map { .int($0) })
        #expect(data.allSatisfy { $0["object"]?.string == "embedding" })
        for (entry, count) in zip(data, counts) {
          let expected = EmbeddingVector([3, 0, 4, Float(count)]).values
          #expect(Self.floats(entry["embedding"]) == expected)
          #expect(abs(expected.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
        }
      }
    }
    #expect(engine.requests.allSatisfy { $0.maximumTokens == 0 })
  }

  @Test func `fewer dimensions are the first ones at length 1, and base64 has the same numbers`()
    async throws
  {
    try await TestServer.run(Self.engine()) { server in
      let cut = try await server.post(
        "/v1/embeddings",
        "{\"model\": \"tiny\", \"input\": \"ab\", \"dimensions\": 3}"
      )
      let vector = try cut.json["data"]?.array?.first?["embedding"]
      #expect(Self.floats(vector) == [0.6, 0, 0.8])
      let coded = try await server.post(
        "/v1/embeddings",
        "{\"model\": \"tiny\", \"input\": \"ab\", \"dimensions\": 3, \"encoding_format\": \"base64\"}"
      )
      let text = try #require(try coded.json["data"]?.array?.first?["embedding"]?.string)
      // 0.6, 0 and 0.8 as IEEE 754 has them, the low byte first.
      #expect(
        Data(base64Encoded: text)
          == Data([0x9A, 0x99, 0x19, 0x3F, 0, 0, 0, 0, 0xCD, 0xCC, 0x4C, 0x3F])
      )
    }
  }

  @Test(arguments: [
    ("{\"input\": \"a\"}", "model"), ("{\"model\": \"tiny\"}", "input"),
    ("{\"model\": \"tiny\", \"input\": \"\"}", "input"),
    ("{\"model\": \"tiny\", \"input\": []}", "input"),
    ("{\"model\": \"tiny\", \"input\": [[]]}", "input"),
    ("{\"model\": \"tiny\", \"input\": [\"a\", \"\"]}", "input"),
    ("{\"model\": \"tiny\", \"input\": [-1]}", "input"),
    ("{\"model\": \"tiny\", \"input\": [258]}", "input"),
    ("{\"model\": \"tiny\", \"input\": [99999999999]}", "input"),
    ("{\"model\": \"tiny\", \"input\": [1.5]}", "input"),
    ("{\"model\": \"tiny\", \"input\": [[1], 2]}", "input"),
    ("{\"model\": \"tiny\", \"input\": {\"a\": 1}}", "input"),
    ("{\"model\": \"tiny\", \"input\": \"a\", \"dimensions\": 0}", "dimensions"),
    ("{\"model\": \"tiny\", \"input\": \"a\", \"dimensions\": 5}", "dimensions"),
    ("{\"model\": \"tiny\", \"input\": \"a\", \"encoding_format\": \"hex\"}", "encoding_format"),
  ])
  func `what is wrong is named`(body: String, field: String) async throws {
    try await TestServer.run(Self.engine()) { server in
      let reply = try await server.post("/v1/embeddings", body)
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["param"]?.string == field)
    }
  }

  @Test func `many texts wait here, not in the engine, and too many are refused`() async throws {
    try await TestServer.run(
      Self.engine(),
      configure: {
        $0.limits.embeddingCount = 100
        $0.limits.concurrentEmbeddingCount = 3
      }
    ) { server in
      func body(_ count: Int) -> String {
        let list = Array(repeating: "\"ab\"", count: count).joined(separator: ",")
        return "{\"model\": \"tiny\", \"input\": [\(list)]}"
      }
      let reply = try await server.post("/v1/embeddings", body(100))
      #expect(try reply.json["data"]?.array?.count == 100)
      #expect(try reply.json["usage"]?["prompt_tokens"] == 200)
      let refused = try await server.post("/v1/embeddings", body(101))
      #expect(refused.status == 400)
      #expect(try refused.json["error"]?["message"]?.string?.contains("at most 100") == true)
    }
  }

  @Test func `no more texts are begun than may be at once`() async throws {
    let engine = ScriptedEngine { _ in .hangsAfter([]) }
    try await TestServer.run(engine, configure: { $0.limits.concurrentEmbeddingCount = 3 }) {
      server in
      let connection = try await RawConnection.open(port: server.port)
      try await connection.use { send, _, _ in
        let body = "{\"model\": \"tiny\", \"input\": [[1], [2], [3], [4], [5]]}"
        try await send(
          "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        )
        try await eventually { engine.requests.count == 3 }
      }
      // The client has gone: what runs ends, and the rest never begins.
      try await eventually { engine.cancelledCount == 3 }
    }
    #expect(engine.requests.count == 3)
  }

  @Test func `a text may fill the context, not more`() async throws {
    try await TestServer.run(Self.engine(contextLength: 8)) { server in
      let whole = try await server.post(
        "/v1/embeddings",
        "{\"model\": \"tiny\", \"input\": \"12345678\"}"
      )
      #expect(whole.status == 200)
      let long = try await server.post(
        "/v1/embeddings",
        "{\"model\": \"tiny\", \"input\": \"123456789\"}"
      )
      #expect(long.status == 400)
      #expect(try long.json["error"]?["code"]?.string == "context_length_exceeded")
      let message = try #require(try long.json["error"]?["message"]?.string)
      #expect(message.contains("9 tokens") && message.contains("holds 8"))
    }
  }

  @Test func `a model that ranks texts has no vectors`() async throws {
    try await TestServer.run(Self.engine(), pooling: nil) { server in
      let reply = try await server.post("/v1/embeddings", "{\"model\": \"tiny\", \"input\": \"x\"}")
      #expect(reply.status == 501)
      #expect(try reply.json["error"]?["code"]?.string == "not_available")
    }
  }

  @Test func `Ollama's clients get a list, cut where they do not forbid it`() async throws {
    let engine = Self.engine(contextLength: 8)
    try await TestServer.run(engine) { server in
      let reply = try await server.post(
        "/api/embed",
        """
        {"model": "tiny", "input": ["ab", "123456789"], "dimensions": 3, "keep_alive": "5m",
         "options": {"num_ctx": 4}}
        """
      )
      let json = try reply.json
      #expect(json["model"]?.string == "tiny")
      #expect(json["embeddings"]?.array?.map(Self.floats) == [[0.6, 0, 0.8], [0.6, 0, 0.8]])
      #expect(json["prompt_eval_count"] == 10)
      #expect(json["truncated"] == [1])
      let refused = try await server.post(
        "/api/embed",
        "{\"model\": \"tiny\", \"input\": \"123456789\", \"truncate\": false}"
      )
      #expect(refused.status == 400)
      #expect(try refused.json["error"]?.string?.contains("9 tokens") == true)
      for input in ["\"\"", "[]", "null"] {
        let empty = try await server.post(
          "/api/embed",
          "{\"model\": \"tiny\", \"input\": \(input)}"
        )
        #expect(try empty.json["embeddings"] == [])
      }
      for input in ["7", "[1]", "[[]]", "{}"] {
        let wrong = try await server.post(
          "/api/embed",
          "{\"model\": \"tiny\", \"input\": \(input)}"
        )
        #expect(wrong.status == 400)
      }
    }
    #expect(engine.requests.map { $0.prompt.count }.sorted() == [2, 8])
  }

  @Test func `the older route gives one vector as it is`() async throws {
    try await TestServer.run(Self.engine()) { server in
      let reply = try await server.post(
        "/api/embeddings",
        "{\"model\": \"tiny\", \"prompt\": \"ab\"}"
      )
      #expect(try Self.floats(reply.json["embedding"]) == [3, 0, 4, 2])
      let list = try await server.post(
        "/api/embeddings",
        "{\"model\": \"tiny\", \"prompt\": [\"a\"]}"
      )
      #expect(list.status == 400)
    }
  }
}
