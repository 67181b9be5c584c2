// Owns: the commands for teams, keys, usage and the audit log, run as a user runs them.

import Foundation
import Testing

/// Managing who shares the machine.
struct TenantCommandTests {
  // Runs commands against one database, which is gone afterwards.
  private func withDatabase(
    _ body: (_ run: ([String]) throws -> Program.Result) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "chaski-tenants-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = folder.appending(path: "teams.sqlite").path
    try body { try Program.run($0 + ["--database", database]) }
  }

  private func json(_ result: Program.Result) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(result.output.utf8))
  }

  @Test(arguments: [
    ["teams"], ["teams", "add"], ["teams", "set"], ["teams", "list"], ["teams", "remove"],
    ["keys"], ["keys", "add"], ["keys", "list"], ["keys", "revoke"], ["usage"], ["audit"],
  ])
  func `every command explains itself with an example`(command: [String]) throws {
    let result = try Program.run(command + ["--help"])
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: chaski \(command.joined(separator: " "))"))
    #expect(result.output.contains("Example"))
  }

  @Test func `a team is added, changed, listed and removed`() throws {
    try withDatabase { run in
      let added = try run(["teams", "add", "vision", "--weight", "2", "--monthly-tokens", "5000"])
      #expect(added.status == 0)
      #expect(added.output.contains("vision"))
      let changed = try run([
        "teams", "set", "VISION", "--priority", "-4", "--monthly-tokens", "none",
        "--monthly-compute-seconds", "1.5", "--cache-scope", "lab", "--json",
      ])
      let team = try #require(try json(changed) as? [String: Any])
      #expect(team["name"] as? String == "vision")
      #expect(team["weight"] as? Double == 2)
      #expect(team["priority"] as? Int == -4)
      #expect(team["cacheScope"] as? String == "lab")
      #expect((team["limits"] as? [String: Any])?["monthlyComputeSeconds"] as? Double == 1.5)
      #expect((team["limits"] as? [String: Any])?["monthlyTokens"] == nil)
      let listed = try run(["teams", "list"])
      #expect(listed.output.hasPrefix("TEAM "))
      #expect(listed.output.contains("\nvision "))
      #expect(try run(["teams", "remove", "vision"]).status == 0)
      #expect(try json(run(["teams", "list", "--json"])) as? [String] == [])
      #expect(try run(["teams", "list", "--all"]).output.contains("vision"))
      let again = try run(["teams", "add", "vision"])
      #expect(again.status != 0)
      #expect(again.error.contains("was removed"))
    }
  }

  @Test func `a key alone goes to standard output, once`() throws {
    try withDatabase { run in
      _ = try run(["teams", "add", "vision"])
      let made = try run([
        "keys", "add", "vision", "--scope", "chat", "--scope", "models", "--label", "night",
        "--expires", "90d",
      ])
      let secret = made.output.trimmingCharacters(in: .newlines)
      #expect(secret.wholeMatch(of: /chaski-[0-9A-Za-z]{43}/) != nil)
      #expect(made.error.contains("shown only now"))
      let listed = try run(["keys", "list", "--team", "vision"])
      #expect(listed.output.contains("\(secret.prefix(13))…"))
      #expect(listed.output.contains("chat models"))
      #expect(!listed.output.contains(secret))
      let revoked = try run(["keys", "revoke", String(secret.prefix(13))])
      #expect(revoked.status == 0)
      #expect(try json(run(["keys", "list", "--json"])) as? [String] == [])
      let all = try #require(
        try json(run(["keys", "list", "--all", "--json"])) as? [[String: Any]]
      )
      #expect(all.first?["scopes"] as? [String] == ["chat", "models"])
      #expect(all.first?["revoked"] is String)
      #expect(all.first?["secret"] == nil)
    }
  }

  @Test func `a new key as JSON has its secret`() throws {
    try withDatabase { run in
      _ = try run(["teams", "add", "vision"])
      let key = try #require(try json(run(["keys", "add", "vision", "--json"])) as? [String: Any])
      #expect((key["secret"] as? String)?.hasPrefix(key["prefix"] as? String ?? "?") == true)
      #expect((key["scopes"] as? [String])?.contains("admin") == false)
    }
  }

  @Test func `usage without requests says so in every form`() throws {
    try withDatabase { run in
      _ = try run(["teams", "add", "vision"])
      #expect(try run(["usage"]).output == "No requests.\n")
      #expect(try run(["usage", "--json", "--by", "day"]).output == "[]\n")
      let csv = try run(["usage", "--csv", "--by", "month", "--by", "team", "--since", "30d"])
      #expect(csv.output.hasPrefix("team,month,requests,finished,"))
      #expect(csv.output.hasSuffix("\r\n"))
    }
  }

  @Test func `the audit log says who did what`() throws {
    try withDatabase { run in
      _ = try run(["teams", "add", "vision"])
      _ = try run(["keys", "add", "vision"])
      _ = try run(["keys", "revoke", "1"])
      let acts = try #require(try json(run(["audit", "--json"])) as? [[String: Any]])
      #expect(acts.map { $0["action"] as? String } == ["key.revoke", "key.add", "team.add"])
      #expect(acts.allSatisfy { ($0["actor"] as? String)?.hasPrefix("cli:") == true })
      #expect(try run(["audit", "--limit", "1"]).output.contains("key.revoke"))
    }
  }

  @Test(arguments: [
    (["teams", "add", "a b"], "team name"), (["teams", "add", "b", "--weight", "0"], "weight"),
    (["teams", "add", "b", "--weight", "nan"], "weight"),
    (["teams", "add", "b", "--monthly-tokens", "1e9"], "1e9"),
    (["teams", "set", "vision"], "--weight"),
    (["teams", "set", "nobody", "--weight", "1"], "nobody"),
    (["teams", "remove", "nobody"], "nobody"), (["keys", "add", "nobody"], "nobody"),
    (["keys", "add", "vision", "--scope", "fly"], "fly"),
    (["keys", "add", "vision", "--expires", "2020-01-01"], "later than now"),
    (["keys", "add", "vision", "--expires", "soon"], "soon"), (["keys", "revoke", "9"], "9"),
    (["usage", "--team", "nobody"], "nobody"), (["usage", "--key", "x"], "x"),
    (["usage", "--since", "2026-13-01"], "2026-13-01"), (["usage", "--by", "colour"], "colour"),
    (["usage", "--csv", "--json"], "not both"), (["audit", "--limit", "0"], "limit"),
  ])
  func `what cannot be done is an error that names it`(arguments: [String], named: String) throws {
    try withDatabase { run in
      _ = try run(["teams", "add", "vision"])
      let result = try run(arguments)
      #expect(result.status != 0)
      #expect(result.error.contains(named))
      #expect(try json(run(["keys", "list", "--all", "--json"])) as? [String] == [])
    }
  }

  @Test func `without a database, reading is an error that says how to begin`() throws {
    for command in [["teams", "list"], ["keys", "list"], ["usage"], ["audit"]] {
      let result = try Program.run(command)
      #expect(result.status != 0)
      #expect(result.error.contains("chaski teams add"))
      #expect(result.error.contains("tenants.sqlite"))
    }
  }

  @Test func `a file that is no database is left alone`() throws {
    let result = try Program.run(["teams", "add", "a", "--database", #filePath])
    #expect(result.status != 0)
    #expect(result.error.contains("TenantCommandTests.swift"))
    #expect(try String(contentsOfFile: #filePath, encoding: .utf8).hasPrefix("// Owns"))
  }
}
