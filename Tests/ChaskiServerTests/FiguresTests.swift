import ChaskiChat
import ChaskiServer
import ChaskiTenants
import Testing

/// What Prometheus reads.
struct FiguresTests {
  @Test func `requests are counted by model, team, route and outcome, with their times`()
    async throws
  {
    let figures = ServerFigures()
    let gate = MeteredGate(OpenGate(), figures: figures)
    try await TestServer.run(ScriptedEngine(saying: "abc"), gate: gate) { server in
      let reply = try await server.post(
        "/v1/chat/completions",
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}"
      )
      let tokens = try #require(try reply.json["usage"]?["completion_tokens"]?.count)
      let text = figures.text()
      let labels = "model=\"tiny\",team=\"\""
      #expect(text.contains("# TYPE chaski_requests_total counter\n"))
      #expect(text.contains("outcome=\"finished\""))
      #expect(text.contains("chaski_generated_tokens_total{\(labels)} \(tokens)\n"))
      #expect(text.contains("# TYPE chaski_time_to_first_token_seconds histogram\n"))
      #expect(text.contains("chaski_time_to_first_token_seconds_count{\(labels)} 1\n"))
    }
  }

  @Test func `a refused request is counted`() async throws {
    let figures = ServerFigures()
    let gate = MeteredGate(RefusingGate(), figures: figures)
    try await TestServer.run(ScriptedEngine(saying: "a"), gate: gate) { server in
      let reply = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": \"Hi\"}"
      )
      #expect(reply.status == 429)
      #expect(figures.text().contains("chaski_refused_requests_total{team=\"\"} 1\n"))
    }
  }
}

/// Lets everyone in and nobody begin.
private struct RefusingGate: Gate {
  var hasKeys: Bool { false }

  func caller(secret: String?, for scope: Scope) -> Caller { .anyone }

  func admit(_ caller: Caller, expectedTokenCount: Int) throws -> (any Permit)? {
    throw ServerError.limited(reason: "The test allows nothing.", retryAfter: .seconds(1))
  }
}
