import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Foundation
import Testing

/// Administration over HTTP: teams and keys, and who may change them.
struct AdminTests {
  private static let question =
    "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"max_tokens\": 8}"

  @Test func `only a key of the scope admin may administer, and everybody else is told why not`()
    async throws
  {
    try await TestTenants.withServer { server, store, admin in
      let user = try TestTenants.headers(store, team: "office")
      let before = try store.audit().count
      for path in ["teams", "keys", "usage", "audit", "teams/office", "keys/1"] {
        let path = "/admin/api/\(path)"
        #expect(try await server.get(path).status == 401, "\(path)")
        #expect(try await server.get(path, headers: user).status == 403, "\(path)")
        #expect(try await server.get(path, headers: admin).status == 200, "\(path)")
      }
      for (method, path) in [
        ("POST", "teams"), ("PATCH", "teams/office"), ("DELETE", "teams/office"), ("POST", "keys"),
        ("DELETE", "keys/1"),
      ] {
        let body = method == "DELETE" ? nil : "{\"name\": \"x\", \"weight\": 2}"
        let path = "/admin/api/\(path)"
        #expect(try await server.send(method, path, body, headers: [:]).status == 401, "\(path)")
        #expect(try await server.send(method, path, body, headers: user).status == 403, "\(path)")
      }
      #expect(try store.audit().count == before)
    }
  }

  @Test func `without keys nobody administers, and the reply says how to make the first one`()
    async throws
  {
    try await TestTenants.withStore { store in
      try store.addTeam("lab", TeamSettings(), by: "test")
      let gate = TestTenants.gate(store)
      try await TestServer.run(ScriptedEngine(saying: "a"), gate: gate, tenants: store) { server in
        let body = "{\"team\": \"lab\", \"scopes\": [\"admin\"]}"
        let reply = try await server.send("POST", "/admin/api/keys", body, headers: [:])
        #expect(reply.status == 403)
        #expect(reply.body.contains("chaski keys add"))
        #expect(try await server.get("/admin/api/audit").status == 403)
        #expect(try store.keys().isEmpty)
        let status = try await server.get("/admin/api/status")
        #expect(try status.json["has_keys"] == false)
        #expect(try await server.get("/v1/usage").status == 403)
      }
    }
  }

  @Test func `without a database the reply says how to make one`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      for path in ["teams", "keys", "usage", "audit"] {
        let reply = try await server.get("/admin/api/\(path)")
        #expect(reply.status == 501)
        #expect(reply.body.contains("chaski teams add"))
      }
      let status = try await server.get("/admin/api/status").json
      #expect(status["has_teams"] == false)
    }
  }

  @Test func `a team is added, read, changed and removed, each act with its line`() async throws {
    try await TestTenants.withServer { server, store, admin in
      let added = try await server.send(
        "POST",
        "/admin/api/teams",
        "{\"name\": \"vision\", \"weight\": 2.5, \"monthly_tokens\": 50000, \"cache_scope\": \"all\"}",
        headers: admin
      )
      #expect(added.status == 201)
      #expect(added.header("cache-control") == "no-store")
      #expect(try added.json["weight"] == 2.5)
      #expect(try added.json["requests_per_minute"] == .null)
      let changed = try await server.send(
        "PATCH",
        "/admin/api/teams/vision",
        "{\"monthly_tokens\": null, \"concurrent_requests\": 3, \"priority\": -4}",
        headers: admin
      )
      #expect(changed.status == 200)
      let team = try store.team(named: "vision").settings
      #expect(team.weight == 2.5 && team.priority == -4 && team.cacheScope == "all")
      #expect(team.limits.monthlyTokens == nil && team.limits.concurrentRequests == 3)
      let read = try await server.get("/admin/api/teams/vision", headers: admin)
      #expect(try read.json == changed.json)
      let list = try await server.get("/admin/api/teams", headers: admin).json["teams"]?.array
      #expect(list?.compactMap { $0["name"]?.string } == ["office", "vision"])
      let again = try await server.send(
        "POST",
        "/admin/api/teams",
        "{\"name\": \"Vision\"}",
        headers: admin
      )
      #expect(again.status == 409)
      #expect(try again.json["error"]?["code"] == "already_exists")

      let path = "/admin/api/teams/vision"
      #expect(try await server.send("DELETE", path, headers: admin).status == 200)
      #expect(try await server.send("DELETE", path, headers: admin).status == 404)
      #expect(try await server.get(path, headers: admin).status == 404)
      let all = try await server.get("/admin/api/teams?removed=true", headers: admin).json["teams"]
      #expect(all?.array?.count == 2)
      let actor = "key:\(try store.keys()[0].id)"
      let acts = try store.audit(limit: 3)
      #expect(acts.map(\.action) == ["team.remove", "team.set", "team.add"])
      #expect(acts.allSatisfy { $0.actor == actor && $0.target == "vision" })
    }
  }

  @Test func `a key works from the moment it is made until it is revoked, and is shown once`()
    async throws
  {
    try await TestTenants.withServer { server, store, admin in
      let body =
        "{\"team\": \"office\", \"label\": \"nightly\", \"scopes\": [\"chat\"], \"expires\": \"90d\"}"
      let made = try await server.send("POST", "/admin/api/keys", body, headers: admin)
      #expect(made.status == 201)
      let secret = try #require(try made.json["secret"]?.string)
      let id = try #require(try made.json["id"]?.count)
      let headers = ["Authorization": "Bearer \(secret)"]
      let path = "/v1/chat/completions"
      #expect(try await server.post(path, Self.question, headers: headers).status == 200)
      #expect(try await server.get("/v1/models", headers: headers).status == 403)
      let key = try await server.get("/admin/api/keys/\(id)", headers: admin)
      #expect(try key.json["label"] == "nightly")
      #expect(try key.json["scopes"] == ["chat"])
      let shown = try await [
        key.body, server.get("/admin/api/keys?team=office", headers: admin).body,
        server.get("/admin/api/audit", headers: admin).body,
      ]
      for text in shown { #expect(!text.contains(secret)) }

      let revoked = try await server.send("DELETE", "/admin/api/keys/\(id)", headers: admin)
      #expect(revoked.status == 200)
      #expect(try revoked.json["revoked"]?.string != nil)
      #expect(try await server.post(path, Self.question, headers: headers).status == 401)
      for missing in ["999", "abc", "1e3", "9999999999999999999999", "%2e%2e/teams"] {
        let reply = try await server.send("DELETE", "/admin/api/keys/\(missing)", headers: admin)
        #expect(reply.status == 404, "\(missing)")
      }
      let acts = try store.audit(limit: 2)
      #expect(acts.map(\.action) == ["key.revoke", "key.add"])
      #expect(acts.map(\.target) == ["key:\(id)", "key:\(id)"])
    }
  }

  @Test func `a changed weight holds from the next request on`() async throws {
    let engine = ScriptedEngine(saying: "a")
    try await TestTenants.withServer(engine) { server, store, admin in
      let user = try TestTenants.headers(store, team: "office")
      for weight in [1.0, 8.0] {
        let path = "/v1/chat/completions"
        #expect(try await server.post(path, Self.question, headers: user).status == 200)
        #expect(engine.parties.last?.weight == weight)
        let change = "{\"weight\": 8}"
        _ = try await server.send("PATCH", "/admin/api/teams/office", change, headers: admin)
      }
    }
  }

  @Test(arguments: [
    ("POST", "teams", "{}", "name"),
    ("POST", "teams", "{\"name\": 5}", "name"),
    ("POST", "teams", "{\"name\": \"x\", \"wieght\": 2}", "wieght"),
    ("POST", "teams", "{\"name\": \"x\", \"weight\": -1}", "weight"),
    ("POST", "teams", "{\"name\": \"x\", \"weight\": 0}", "weight"),
    ("POST", "teams", "{\"name\": \"x\", \"weight\": null}", "weight"),
    ("POST", "teams", "{\"name\": \"x\", \"weight\": \"2\"}", "weight"),
    ("POST", "teams", "{\"name\": \"x\", \"monthly_tokens\": -5}", "monthly_tokens"),
    ("POST", "teams", "{\"name\": \"x\", \"monthly_tokens\": 1.5}", "monthly_tokens"),
    ("POST", "teams", "{\"name\": \"x\", \"monthly_tokens\": 1e300}", "monthly_tokens"),
    ("POST", "teams", "{\"name\": \"x\", \"requests_per_minute\": 0}", "requests_per_minute"),
    ("POST", "teams", "{\"name\": \"x\", \"priority\": 1001}", "priority"),
    (
      "POST", "teams", "{\"name\": \"x\", \"monthly_compute_seconds\": -0.5}",
      "monthly_compute_seconds"
    ),
    ("PATCH", "teams/office", "{\"name\": \"other\"}", "name"),
    ("POST", "keys", "{\"team\": \"office\", \"scopes\": [\"root\"]}", "scopes"),
    ("POST", "keys", "{\"team\": \"office\", \"scopes\": []}", "scopes"),
    ("POST", "keys", "{\"team\": \"office\", \"expires\": \"soon\"}", "expires"),
    ("POST", "keys", "{\"team\": \"office\", \"secret\": \"chaski-mine\"}", "secret"),
    ("POST", "keys", "{\"label\": \"x\"}", "team"),
  ])
  func `a wrong field is refused and named, and nothing is changed`(
    method: String,
    path: String,
    body: String,
    field: String
  ) async throws {
    try await TestTenants.withServer { server, store, admin in
      let before = try store.audit().count
      let reply = try await server.send(method, "/admin/api/\(path)", body, headers: admin)
      #expect(reply.status == 400)
      #expect(try reply.json["error"]?["param"]?.string == field)
      #expect(try store.audit().count == before)
    }
  }

  @Test func `hostile values are refused in words of bounded length`() async throws {
    let long = String(repeating: "n", count: 100_000)
    let bodies = [
      "{\"name\": \"\(long)\"}", "{\"name\": \"\"}", "{\"name\": \"<img src=x>\"}",
      "{\"name\": \"a\\u0000b\"}", "{\"name\": \"../../etc\"}", "{\"\(long)\": 1}",
      "{\"name\": \"x\", \"weight\": NaN}", "{\"name\": \"x\", \"weight\": 1e999}",
      "{\"name\": \"x\", \"cache_scope\": \"a b\"}", "{\"name\": \"x\", \"cache_scope\": [1]}",
      "[]",
      "", "null", "{\"name\": \"x\"",
    ]
    try await TestTenants.withServer { server, store, admin in
      let before = try store.audit().count
      for body in bodies {
        let reply = try await server.send("POST", "/admin/api/teams", body, headers: admin)
        #expect(reply.status == 400, "\(body.prefix(60))")
        #expect(reply.body.utf8.count < 1000, "\(body.prefix(60))")
      }
      let label = "{\"team\": \"office\", \"label\": \"a\\u001b[2Jb\"}"
      #expect(try await server.send("POST", "/admin/api/keys", label, headers: admin).status == 400)
      let past = "{\"team\": \"office\", \"expires\": \"2001-01-01\"}"
      #expect(try await server.send("POST", "/admin/api/keys", past, headers: admin).status == 400)
      let nobody = "{\"team\": \"nobody\"}"
      let reply = try await server.send("POST", "/admin/api/keys", nobody, headers: admin)
      #expect(reply.status == 404)
      let nothing = try await server.send("PATCH", "/admin/api/teams/office", "{}", headers: admin)
      #expect(nothing.status == 400)
      let unknown = "/admin/api/teams/nobody%20else"
      #expect(try await server.get(unknown, headers: admin).status == 404)
      #expect(try store.audit().count == before)
    }
  }
}
