import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Logging
import Testing

/// The log of a server, as a program reads it.
struct LogTests {
  private static let question =
    "{\"model\": \"tiny\", \"prompt\": \"Hi\", \"stream\": true, \"max_tokens\": 4}"

  @Test(arguments: ["answered", "refused", "broken"])
  func `every line of a request has its id`(kind: String) async throws {
    let log = KeptLog()
    let engine = ScriptedEngine { _ in
      kind == "broken" ? .fails(.noTokenizer(file: "f", model: nil)) : .says(["a", "b"])
    }
    let gate: any Gate = kind == "refused" ? ClosedGate() : OpenGate()
    try await TestServer.run(engine, gate: gate, logger: log.logger) { server in
      let reply = try await server.post(
        "/v1/completions",
        Self.question,
        headers: ["X-Request-Id": "the-id"]
      )
      #expect(reply.header("x-request-id") == "the-id")
      // What comes later is about the server's end.
      let lines = log.lines
      #expect(lines.contains { $0.message == "answered" })
      if kind == "answered" { #expect(lines.contains { $0.message == "generated" }) }
      if kind == "broken" { #expect(lines.contains { $0.message == "failed" }) }
      for line in lines { #expect(line.metadata["request"] == "the-id", "\(line.message)") }
    }
  }

  @Test func `the last line of a refused request says whose it was, and why`() async throws {
    try await TestTenants.withStore { store in
      var settings = TeamSettings()
      settings.limits.requestsPerMinute = 1
      try store.addTeam("lab", settings, by: "test")
      let headers = try TestTenants.headers(store, team: "lab")
      let key = try #require(try store.keys().first?.prefix)
      let log = KeptLog()
      let gate = TestTenants.gate(store)
      try await TestServer.run(ScriptedEngine(saying: "a"), gate: gate, logger: log.logger) {
        server in
        for _ in 0..<2 {
          _ = try await server.post("/v1/completions", Self.question, headers: headers)
        }
        _ = try await server.get("/admin/api/teams", headers: headers)
        _ = try await server.post("/v1/completions", "{\"prompt\": \"a secret", headers: headers)
        let lines = log.lines.filter { $0.message == "answered" }.map(\.metadata)
        #expect(lines.map { $0["status"] } == ["200", "429", "403", "400"])
        #expect(lines.map { $0["team"] } == ["lab", "lab", nil, "lab"])
        #expect(lines.first?["refused"] == nil)
        let reasons = lines.dropFirst().map { $0["refused"] ?? "" }
        #expect(
          reasons == [
            "The team's limit of 1 requests a minute is reached.",
            "The key \(key)… lacks the scope \"admin\", which this needs.", "invalid_request",
          ]
        )
      }
    }
  }
}

/// A gate that fails.
private struct ClosedGate: Gate {
  var hasKeys: Bool { false }

  func caller(secret: String?, for scope: Scope) throws -> Caller {
    throw ServerError.forbidden("The test lets nobody in.")
  }

  func admit(_ caller: Caller, _ demand: TokenDemand) -> (any Permit)? { nil }
}
