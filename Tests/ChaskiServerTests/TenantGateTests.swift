import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Testing

/// The server with keys: who is let in, what is refused, what the ledger holds.
struct TenantGateTests {
  private static let question =
    "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"max_tokens\": 8}"

  private static func key(
    _ store: TenantStore,
    _ settings: TeamSettings = TeamSettings(),
    scopes: Set<Scope> = Scope.standard
  ) throws -> String {
    try store.addTeam("lab", settings, by: "test")
    var key = KeySettings()
    key.scopes = scopes
    return try store.addKey(team: "lab", key, by: "test").secret
  }

  @Test func `without a key, or with a wrong one, nothing but health and the page answers`()
    async throws
  {
    try await TestTenants.withStore { store in
      let secret = try Self.key(store)
      try await TestServer.run(ScriptedEngine(saying: "a"), gate: TestTenants.gate(store)) {
        server in
        for headers in [[:], ["Authorization": "Bearer chaski-wrong"], ["X-Api-Key": "x"]] {
          let reply = try await server.post("/v1/chat/completions", Self.question, headers: headers)
          #expect(reply.status == 401)
          #expect(reply.header("www-authenticate") == "Bearer")
          #expect(try reply.json["error"]?["code"]?.string == "invalid_api_key")
          #expect(try await server.get("/v1/models", headers: headers).status == 401)
        }
        #expect(try await server.get("/health/live").status == 200)
        #expect(try await server.get("/", headers: ["Accept": "text/html"]).status == 200)
        for headers in [["Authorization": "Bearer \(secret)"], ["X-Api-Key": secret]] {
          let reply = try await server.post("/v1/chat/completions", Self.question, headers: headers)
          #expect(reply.status == 200)
        }
      }
    }
  }

  @Test(arguments: [false, true])
  func `only a key that may administer unloads a model that others use`(isAdmin: Bool) async throws
  {
    try await TestTenants.withStore { store in
      let secret = try Self.key(store, scopes: Scope.standard.union(isAdmin ? [.admin] : []))
      let headers = ["Authorization": "Bearer \(secret)"]
      let loader = ScriptedLoader()
      try await TestServer.run(try loader.registry(["a"]), gate: TestTenants.gate(store)) {
        server in
        _ = try await server.post("/api/generate", "{\"model\": \"a\"}", headers: headers)
        let reply = try await server.post(
          "/api/generate",
          "{\"model\": \"a\", \"keep_alive\": 0}",
          headers: headers
        )
        #expect(try reply.json["done_reason"]?.string == (isAdmin ? "unload" : "load"))
        if isAdmin { try await eventually { loader.closes("a") == 1 } }
        let running = try await server.get("/api/ps", headers: headers).json["models"]?.array
        #expect(running?.count == (isAdmin ? 0 : 1))
      }
    }
  }

  @Test func `every route that needs a right is refused to keys without it`() async throws {
    try await TestTenants.withStore { store in
      let secret = try Self.key(store, scopes: [.models])
      let headers = ["Authorization": "Bearer \(secret)"]
      try await TestServer.run(ScriptedEngine(saying: "a"), gate: TestTenants.gate(store)) {
        server in
        let paths = try #require(try await server.get("/openapi.json").json["paths"]?.object)
        var refused = 0
        for path in paths.keys {
          for method in ["get", "post", "delete"] {
            guard let operation = paths[path]?[method]?.object else { continue }
            guard let needed = operation["security"]?.array?.first?["bearer"]?.array?.first?.string
            else { continue }
            let reply = try await server.ask(
              method.uppercased(),
              path.replacing("{name}", with: "tiny"),
              body: method == "post" ? Array(Self.question.utf8) : nil,
              headers: headers
            )
            #expect((reply.status == 403) == (needed != "models"), "\(method) \(path)")
            refused += reply.status == 403 ? 1 : 0
          }
        }
        #expect(refused >= 10)
      }
    }
  }

  @Test func `what was used is in the ledger when the reply has come`() async throws {
    try await TestTenants.withStore { store in
      let secret = try Self.key(store)
      let headers = ["Authorization": "Bearer \(secret)", "X-Request-Id": "chosen-twice"]
      try await TestServer.run(ScriptedEngine(saying: "abc"), gate: TestTenants.gate(store)) {
        server in
        for _ in 0..<2 {
          let reply = try await server.post("/v1/chat/completions", Self.question, headers: headers)
          let usage = try #require(try reply.json["usage"])
          #expect(usage["prompt_tokens"] != nil)
        }
        let reply = try await server.post("/v1/chat/completions", Self.question, headers: headers)
        let tokens = try #require(try reply.json["usage"]?["completion_tokens"]?.count)
        let rows = try store.usage(UsageQuery())
        #expect(rows.reduce(0) { $0 + $1.requests } == 3)
        #expect(rows.reduce(0) { $0 + $1.generatedTokens } == Int64(3 * tokens))
      }
    }
  }

  @Test func `a team that has used what it may is told when to come back`() async throws {
    try await TestTenants.withStore { store in
      var settings = TeamSettings()
      settings.limits.requestsPerMinute = 1
      let secret = try Self.key(store, settings)
      let headers = ["Authorization": "Bearer \(secret)"]
      try await TestServer.run(ScriptedEngine(saying: "a"), gate: TestTenants.gate(store)) {
        server in
        let first = try await server.post("/v1/chat/completions", Self.question, headers: headers)
        #expect(first.status == 200)
        let second = try await server.post("/v1/chat/completions", Self.question, headers: headers)
        #expect(second.status == 429)
        let delay = try #require(second.header("retry-after").flatMap { Int($0) })
        #expect((1...60).contains(delay))
        #expect(try second.json["error"]?["code"]?.string == "rate_limit_exceeded")
      }
    }
  }

  @Test func `the end of the last key does not open the server`() async throws {
    try await TestTenants.withStore { store in
      let secret = try Self.key(store)
      try await TestServer.run(ScriptedEngine(saying: "a"), gate: TestTenants.gate(store)) {
        server in
        let id = try #require(try store.keys().first?.id)
        try store.revokeKey(id, by: "test")
        for headers in [[:], ["Authorization": "Bearer \(secret)"]] {
          let reply = try await server.post("/v1/chat/completions", Self.question, headers: headers)
          #expect(reply.status == 401)
        }
      }
    }
  }

  @Test func `an answer without a bound of its own ends with the month's tokens`() async throws {
    try await TestTenants.withStore { store in
      var settings = TeamSettings()
      settings.limits.monthlyTokens = 400
      let headers = ["Authorization": "Bearer \(try Self.key(store, settings))"]
      let engine = ScriptedEngine(contextLength: 512) { _ in .says(["a"]) }
      try await TestServer.run(engine, gate: TestTenants.gate(store)) { server in
        let path = "/v1/chat/completions"
        let open = Self.question.replacing(", \"max_tokens\": 8", with: "")
        #expect(try await server.post(path, open, headers: headers).status == 200)
        let asked = try #require(engine.requests.first)
        #expect(asked.prompt.count + (asked.maximumTokens ?? 0) == 400)
        let several = open.dropLast() + ", \"n\": 2}"
        #expect(try await server.post(path, String(several), headers: headers).status == 429)
        let bounded = Self.question.replacing(": 8", with: ": 390")
        #expect(try await server.post(path, bounded, headers: headers).status == 429)
      }
    }
  }

  @Test func `what was refused to a team is in its usage`() async throws {
    try await TestTenants.withServer { server, store, admin in
      var settings = TeamSettings()
      settings.limits.requestsPerMinute = 1
      let headers = ["Authorization": "Bearer \(try Self.key(store, settings))"]
      for status in [200, 429] {
        let reply = try await server.post("/v1/chat/completions", Self.question, headers: headers)
        #expect(reply.status == status)
      }
      // It is written a moment later: nobody waits for that.
      try await eventually {
        let rows = try? await server.get("/v1/usage", headers: headers).json["rows"]?.array
        return rows?.first?["rejected_by"] == ["requests_per_minute": 1]
      }
      let row = try await server.get("/v1/usage", headers: headers).json["rows"]?.array?.first
      #expect(row?["requests"] == 2)
      #expect(row?["rejected"] == 1)
      _ = admin
    }
  }
}
