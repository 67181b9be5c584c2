import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
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

  @Test func `a model in the list says how its tokens are chosen where a request does not`()
    async throws
  {
    let advice = SamplingAdvice(temperature: 0.25, topK: 7, topP: 0.5, repeatPenalty: 1.5)
    let model = try TinyModel.served(
      by: ScriptedEngine(saying: "a"),
      sampling: advice.options
    )
    try await TestServer.run(ModelRegistry([model])) { server in
      let told = try await server.get("/v1/models/tiny").json["sampling"]
      #expect(
        told == [
          "temperature": 0.25, "top_k": 7, "top_p": 0.5, "min_p": 0.05, "repeat_penalty": 1.5,
          "presence_penalty": 0.0, "frequency_penalty": 0.0,
        ]
      )
    }
  }

  /// Runs `body` with a server that can do all that there are routes for.
  private static func withEverything(
    _ body: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    let engine = ScriptedEngine { $0.pooling == nil ? .says(["a"]) : .embeds([1, 2, 3, 4]) }
    let gap = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]
    try await TestServer.run(engine, adding: gap, body)
  }

  /// The bodies of the document by their paths, with examples for the tiny model.
  private static func bodies(
    _ server: TestServer
  ) async throws -> [(path: String, schema: JSONValue, example: JSONObject)] {
    let document = try await server.get("/openapi.json").json
    return try (document["paths"]?.object?.entries ?? []).compactMap { entry in
      let content = entry.value["post"]?["requestBody"]?["content"]?["application/json"]
      guard let content, var example = content["example"]?.object else { return nil }
      if example["model"] != nil { example["model"] = "tiny" }
      return (entry.key, try #require(content["schema"]), example)
    }
  }

  @Test func `every route is in the document, with a name and a body of its own`() async throws {
    try await Self.withEverything { server in
      let document = try await server.get("/openapi.json").json
      let paths = try #require(document["paths"]?.object)
      for path in ["/v1/chat/completions", "/v1/messages", "/api/chat", "/tokenize"] {
        #expect(paths.keys.contains(path))
      }
      let operations = paths.entries.flatMap { $0.value.object?.entries.map(\.value) ?? [] }
      let names = operations.compactMap { $0["operationId"]?.string }
      #expect(names.count == operations.count && Set(names).count == names.count)
      #expect(names.contains("post_v1_chat_completions"))
      let bodies = try await Self.bodies(server)
      #expect(bodies.count == 15)
      let stream = paths["/api/chat"]?["post"]?["responses"]?["200"]?["content"]?.object
      #expect(stream?.keys.contains("application/x-ndjson") == true)
    }
  }

  @Test func `the document's examples are answered`() async throws {
    try await Self.withEverything { server in
      for body in try await Self.bodies(server) {
        let reply = try await server.post(body.path, JSONValue.object(body.example).jsonText())
        #expect(reply.status == 200, "\(body.path): \(reply.body)")
      }
    }
  }

  @Test func `fields have the types that the document tells, and those it requires are required`()
    async throws
  {
    try await Self.withEverything { server in
      for body in try await Self.bodies(server) {
        let required = body.schema["required"]?.array ?? []
        for field in body.schema["properties"]?.object?.entries ?? [] {
          let isRequired = required.contains(.string(field.key))
          var wrong = body.example
          wrong[field.key] = try Self.wrongValue(field.value)
          let refused = try await server.post(body.path, JSONValue.object(wrong).jsonText())
          #expect(refused.status == 400, "\(body.path) \(field.key): \(refused.body)")
          #expect(refused.body.contains("The field \(field.key)"), "\(body.path): \(refused.body)")
          wrong[field.key] = .null
          let without = try await server.post(body.path, JSONValue.object(wrong).jsonText())
          let isRefused = without.status == 400 && without.body.contains(field.key)
          #expect(isRefused == isRequired, "\(body.path) without \(field.key): \(without.body)")
        }
      }
    }
  }

  /// A value of a type that `schema` does not allow.
  private static func wrongValue(_ schema: JSONValue) throws -> JSONValue {
    let type = try #require(schema["type"])
    let allowed = type.array ?? [type]
    let values: [([JSONValue], JSONValue)] = [
      (["integer", "number"], 5), (["string"], "x"), (["array"], []),
    ]
    return try #require(values.first { types, _ in !types.contains { allowed.contains($0) } }).1
  }
}
