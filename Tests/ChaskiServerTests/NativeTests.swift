import ChaskiChat
import ChaskiServer
import Testing

/// Chaski's own routes, and the lists.
struct NativeTests {
  @Test func `texts become tokens and come back`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let tokens = try await server.post("/tokenize", "{\"content\": \"hé<|im_end|>\"}")
      #expect(try tokens.json["tokens"] == [104, 195, 169, 257])
      let plain = try await server.post(
        "/tokenize",
        "{\"content\": \"<|im_end|>\", \"parse_special\": false}"
      )
      #expect(try plain.json["tokens"]?.array?.count == 10)
      let pieces = try await server.post("/tokenize", "{\"content\": \"é\", \"with_pieces\": true}")
      #expect(
        try pieces.json["tokens"] == [["id": 195, "piece": [195]], ["id": 169, "piece": [169]]]
      )
      let text = try await server.post("/detokenize", "{\"tokens\": [104, 195, 169]}")
      #expect(try text.json["content"]?.string == "hé")
    }
  }

  @Test(arguments: ["{\"tokens\": [-1]}", "{\"tokens\": [258]}", "{\"tokens\": \"a\"}", "{}"])
  func `ids that are none are refused`(body: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let reply = try await server.post("/detokenize", body)
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["param"]?.string == "tokens")
    }
  }

  @Test func `a conversation becomes its prompt`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let reply = try await server.post(
        "/apply-template",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}"
      )
      #expect(
        try reply.json["prompt"]?.string
          == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
      )
    }
  }

  @Test func `models are listed and found by name`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let list = try await server.get("/v1/models")
      #expect(try list.json["data"]?.array?.map { $0["id"]?.string } == ["tiny"])
      let found = try await server.get("/v1/models/tiny").json["object"]?.string
      #expect(found == "model")
      let missing = try await server.get("/v1/models/owner/other")
      #expect(missing.status == 404)
      #expect(try missing.json["error"]?["code"]?.string == "model_not_found")
    }
  }

  @Test func `every route is in the document`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let json = try await server.get("/openapi.json").json
      let paths = try #require(json["paths"]?.object?.keys)
      for path in ["/v1/chat/completions", "/v1/messages", "/api/chat", "/tokenize"] {
        #expect(paths.contains(path))
      }
    }
  }
}
