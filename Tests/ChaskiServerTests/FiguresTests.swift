import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Foundation
import Synchronization
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

  @Test func `what an engine did stays counted when its model is unloaded and loaded again`() throws
  {
    let figures = ServerFigures()
    for (steps, total) in [(5, 5), (2, 8)] {
      var snapshot = BatchSnapshot(maximumBatch: 1, pagesTotal: 8)
      snapshot.stepCount = steps
      snapshot.running = 1
      let model = try TinyModel.served(by: ScriptedEngine(showing: snapshot), id: "a")
      figures.follow { [model] }
      for _ in 0..<2 {
        let text = figures.text()
        #expect(text.contains("chaski_engine_steps_total{model=\"a\"} \(total)\n"))
        #expect(text.contains("chaski_cache_pages{model=\"a\"} 8\n"))
      }
      // What it did after the last look counts too.
      snapshot.stepCount += 1
      figures.follow { [] }
      figures.retire("a", snapshot)
      let text = figures.text()
      #expect(text.contains("chaski_engine_steps_total{model=\"a\"} \(total + 1)\n"))
      #expect(text.contains("chaski_cache_pages{model=\"a\"} 0\n"))
      #expect(text.contains("chaski_running_requests{model=\"a\"} 0\n"))
    }
  }

  @Test func `a refused request is counted`() async throws {
    let figures = ServerFigures()
    let gate = MeteredGate(RefusingGate(), figures: figures)
    try await TestServer.run(ScriptedEngine(saying: "a"), gate: gate, figures: figures) {
      server in
      _ = try await server.get("/v1/models")
      let reply = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": \"Hi\"}"
      )
      #expect(reply.status == 429)
      #expect(figures.text().contains("chaski_refused_requests_total{team=\"\"} 1\n"))
      #expect(figures.text().contains("chaski_replies_total{status=\"200\"} 1\n"))
      #expect(figures.text().contains("chaski_replies_total{status=\"429\"} 1\n"))
    }
  }
}

extension FiguresTests {
  /// What a gate is told of one request.
  private static func note(_ figures: ServerFigures, _ change: (inout RequestUsage) -> Void)
    async throws
  {
    let gate = MeteredGate(OpenGate(), figures: figures)
    let caller = Caller(party: Party(team: "lab"))
    let permit = try #require(try await gate.admit(caller, TokenDemand()))
    var usage = RequestUsage(model: "m", route: "/r", requestID: "x")
    change(&usage)
    await permit.finish(usage)
  }

  @Test func `each gap between tokens is counted, and queue, prefill and decode apart`()
    async throws
  {
    let figures = ServerFigures()
    for _ in 0..<2 {
      try await Self.note(figures) { usage in
        var statistics = GenerationStatistics()
        statistics.timeToFirstToken = .milliseconds(30)
        statistics.prefillDuration = .milliseconds(20)
        statistics.decodeDuration = .milliseconds(1004)
        statistics.wastedSeconds = 0.25
        statistics.tokenGaps.note(.milliseconds(4))
        statistics.tokenGaps.note(.seconds(1))
        usage.add(statistics, isFirst: true)
        usage.add(statistics, isFirst: false)
      }
    }
    let text = figures.text()
    let labels = "model=\"m\",team=\"lab\""
    for line in [
      "chaski_inter_token_seconds_bucket{\(labels),le=\"0.003\"} 0",
      "chaski_inter_token_seconds_bucket{\(labels),le=\"0.005\"} 4",
      "chaski_inter_token_seconds_bucket{\(labels),le=\"0.5\"} 4",
      "chaski_inter_token_seconds_bucket{\(labels),le=\"1\"} 8",
      "chaski_inter_token_seconds_count{\(labels)} 8",
      "chaski_prefill_seconds_bucket{\(labels),le=\"0.01\"} 0",
      "chaski_prefill_seconds_bucket{\(labels),le=\"0.025\"} 2",
      "chaski_decode_seconds_bucket{\(labels),le=\"2.5\"} 2",
      "chaski_queue_seconds_count{\(labels)} 2",
      "chaski_wasted_seconds_total{\(labels)} 1",
    ] {
      #expect(text.contains("\n\(line)\n"), "\(line)")
    }
  }

  @Test func `a request that was stopped before its first token has no time to it`() async throws {
    let figures = ServerFigures()
    try await Self.note(figures) { usage in
      usage.outcome = .cancelled
      usage.add(GenerationStatistics(), isFirst: true)
    }
    let text = figures.text()
    #expect(text.contains("outcome=\"cancelled\""))
    #expect(!text.contains("chaski_time_to_first_token_seconds_count"))
  }

  @Test
  func `batch occupancy counts steps by their rows, and goes on after a model is loaded again`() {
    let scene = Scene()
    let figures = ServerFigures { scene.models }
    var first = BatchSnapshot(maximumBatch: 4, pagesTotal: 10)
    first.batchRows = [1, 2, 0, 0, 3]
    (first.stepCount, first.running, first.pagesUsed) = (6, 2, 5)
    scene.show(first)
    _ = figures.text()
    first.batchRows = [1, 3, 0, 1, 3]
    scene.show(first)
    let text = figures.text()
    let labels = "model=\"tiny\""
    #expect(text.contains("chaski_batch_rows_bucket{\(labels),le=\"0\"} 1\n"))
    #expect(text.contains("chaski_batch_rows_bucket{\(labels),le=\"1\"} 4\n"))
    #expect(text.contains("chaski_batch_rows_bucket{\(labels),le=\"+Inf\"} 8\n"))
    #expect(text.contains("chaski_batch_rows_sum{\(labels)} 18\n"))
    #expect(text.contains("chaski_running_requests{\(labels)} 2\n"))

    scene.show(nil)
    let without = figures.text()
    #expect(without.contains("chaski_running_requests{\(labels)} 0\n"))
    #expect(without.contains("chaski_cache_pages{\(labels)} 0\n"))
    #expect(without.contains("chaski_engine_steps_total{\(labels)} 6\n"))

    var second = BatchSnapshot(maximumBatch: 4, pagesTotal: 10)
    second.stepCount = 1
    scene.show(second)
    #expect(figures.text().contains("chaski_engine_steps_total{\(labels)} 7\n"))
  }

  @Test func `the documentation's table is the list of figures`() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/server.md")
    let lines = Set(try String(contentsOf: page, encoding: .utf8).split(separator: "\n"))
    for name in FigureName.allCases {
      let labels = name.labels.joined(separator: ", ")
      let row = "| `\(name.rawValue)` | \(name.kind) | \(labels) | \(name.help) |"
      #expect(lines.contains(Substring(row)), "docs/server.md lacks: \(row)")
    }
    let rows = lines.filter { $0.hasPrefix("| `chaski_") }
    #expect(rows.count == FigureName.allCases.count)
  }
}

/// A model whose engine shows what it is told to, or that is not in memory.
private final class Scene: Sendable {
  private let snapshot = Mutex<BatchSnapshot?>(nil)

  @inline(never)
  func show(_ snapshot: BatchSnapshot?) { self.snapshot.withLock { $0 = snapshot } }

  var models: [ServedModel] {
    @inline(never) get {
      guard let snapshot = snapshot.withLock({ $0 }) else { return [] }
      let engine = ScriptedEngine(showing: snapshot)
      return (try? [TinyModel.served(by: engine)]) ?? []
    }
  }
}

/// Lets everyone in and nobody begin.
private struct RefusingGate: Gate {
  var hasKeys: Bool { false }

  func caller(secret: String?, for scope: Scope) -> Caller { .anyone }

  func admit(_ caller: Caller, _ demand: TokenDemand) throws -> (any Permit)? {
    throw ServerError.limited(reason: "The test allows nothing.", retryAfter: .seconds(1))
  }
}
