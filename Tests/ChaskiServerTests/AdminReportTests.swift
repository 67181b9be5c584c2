import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Foundation
import Testing

/// Administration over HTTP: usage, the audit log, what the server does now.
struct AdminReportTests {
  private static let question =
    "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"max_tokens\": 8}"

  @Test func `usage is told to administrators of all teams, and to others of their own`()
    async throws
  {
    try await TestTenants.withServer { server, store, admin in
      try store.addTeam("lab", TeamSettings(), by: "test")
      let lab = try TestTenants.headers(store, team: "lab")
      let office = try TestTenants.headers(store, team: "office")
      for headers in [lab, lab, office] {
        _ = try await server.post("/v1/chat/completions", Self.question, headers: headers)
      }
      let all = try await server.get("/admin/api/usage?by=team,model", headers: admin).json
      #expect(all["by"] == ["team", "model"])
      let rows = try #require(all["rows"]?.array)
      #expect(rows.compactMap { $0["team"]?.string } == ["lab", "office"])
      #expect(rows.compactMap { $0["requests"]?.count } == [2, 1])
      #expect(rows.compactMap { $0["generated_tokens"]?.count } == [4, 2])
      #expect(rows.allSatisfy { $0["model"] == "tiny" })

      let csv = try await server.get("/admin/api/usage?format=csv&since=1d", headers: admin)
      #expect(csv.header("content-type")?.hasPrefix("text/csv") == true)
      #expect(csv.body.split(separator: "\r\n").count == 3)
      #expect(csv.body.hasPrefix("team,requests,finished"))

      let own = try await server.get("/v1/usage?by=team", headers: lab).json
      #expect(own["rows"]?.array?.compactMap { $0["team"]?.string } == ["lab"])
      #expect(try await server.get("/v1/usage?team=office", headers: lab).status == 400)
      let foreign = try store.keys(ofTeam: "office").map(\.id)
      for key in foreign {
        let reply = try await server.get("/v1/usage?key=\(key)", headers: lab)
        #expect(try reply.json["rows"]?.array?.isEmpty == true)
      }
      let mine = try await server.get("/v1/usage?by=team", headers: admin).json
      #expect(mine["rows"]?.array?.compactMap { $0["team"]?.string } == ["office"])
      // Reading is what an administrator may beside managing, not asking models.
      let asked = try await server.post("/v1/chat/completions", Self.question, headers: admin)
      #expect(asked.status == 403)
      let chatOnly = try TestTenants.headers(store, team: "lab", scopes: [.chat])
      #expect(try await server.get("/v1/usage", headers: chatOnly).status == 403)
    }
  }

  @Test(arguments: [
    ("sinec=1d", "sinec"), ("since=yesterday", "since"), ("by=weather", "by"),
    ("key=-1", "key"), ("key=x", "key"), ("format=xml", "format"), ("status=odd", "status"),
    ("since=1d&since=2d", "since"), ("since=99999999999999d", "since"),
  ])
  func `a question about usage that says something wrong is refused`(
    query: String,
    field: String
  ) async throws {
    try await TestTenants.withServer { server, _, admin in
      let reply = try await server.get("/admin/api/usage?\(query)", headers: admin)
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["param"]?.string == field)
      let nobody = try await server.get("/admin/api/usage?team=nobody", headers: admin)
      #expect(nobody.status == 404)
    }
  }

  @Test func `the audit log is read page by page, newest first`() async throws {
    try await TestTenants.withServer { server, store, admin in
      for number in 1...5 { try store.addTeam("t\(number)", TeamSettings(), by: "test") }
      var targets: [String] = []
      var path: String? = "/admin/api/audit?limit=3"
      while let next = path {
        let page = try await server.get(next, headers: admin).json
        targets += (page["entries"]?.array ?? []).compactMap { $0["target"]?.string }
        path = page["before"]?.count.map { "/admin/api/audit?limit=3&before=\($0)" }
      }
      #expect(targets == ["t5", "t4", "t3", "t2", "t1", "key:1", "office"])
      for query in ["limit=0", "limit=1001", "before=0", "limit=x"] {
        let reply = try await server.get("/admin/api/audit?\(query)", headers: admin)
        #expect(reply.status == 400, "\(query)")
      }
    }
  }

  @Test func `the status tells what engines do, by model and by team with its weight`()
    async throws
  {
    var snapshot = BatchSnapshot(maximumBatch: 4, pagesTotal: 64)
    (snapshot.running, snapshot.waiting, snapshot.pagesUsed) = (3, 2, 17)
    snapshot.teams["office"] = BatchSnapshot.Team(tokens: 90, waiting: 2, running: 3)
    let engine = ScriptedEngine(showing: snapshot)
    try await TestTenants.withServer(engine) { server, store, admin in
      try store.changeTeam("office", by: "test") { $0.weight = 5 }
      let status = try await server.get("/admin/api/status", headers: admin).json
      let model = try #require(status["models"]?.array?.first)
      #expect(model["id"] == "tiny")
      #expect(model["pages_used"] == 17 && model["pages"] == 64)
      let team = try #require(status["teams"]?.array?.first)
      #expect(team["team"] == "office" && team["tokens"] == 90)
      #expect(team["running"] == 3 && team["waiting"] == 2)
      #expect(status["teams"]?.array?.count == 1)
      #expect(status["phase"] == "ready" && status["has_keys"] == true)
      #expect(try await server.get("/admin/api/status?after=x", headers: admin).status == 400)
      #expect(try await server.get("/admin/api/status").status == 401)
    }
  }

  @Test func `samples of the last minutes come once each`() async throws {
    let figures = ServerFigures()
    try await TestTenants.withServer(figures: figures) { server, _, admin in
      try await eventually {
        let status = try? await server.get("/admin/api/status", headers: admin).json
        return (status?["samples"]?.array?.count ?? 0) > 0
      }
      let first = try await server.get("/admin/api/status", headers: admin).json
      let last = try #require(first["samples"]?.array?.last?["number"]?.count)
      let path = "/admin/api/status?after=\(last)"
      let second = try await server.get(path, headers: admin).json["samples"]?.array ?? []
      #expect(second.allSatisfy { ($0["number"]?.count ?? 0) > last })
    }
  }
}
