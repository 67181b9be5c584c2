// Owns: adding, changing, removing teams, and which values are taken.

import ChaskiTenants
import Foundation
import Testing

/// Teams and the audit log of what was done to them.
struct TeamTests {
  private static let every: TeamSettings = {
    var settings = TeamSettings()
    settings.weight = 2.5
    settings.priority = -3
    settings.limits.monthlyTokens = 1_000_000
    settings.limits.monthlyComputeSeconds = 3600.5
    settings.limits.requestsPerMinute = 60
    settings.limits.tokensPerMinute = 20_000
    settings.limits.concurrentRequests = 4
    settings.cacheScope = "lab"
    return settings
  }()

  @Test func `a team comes back as it was added, also after a restart`() async throws {
    try await TestStore.with { test in
      let added = try test.store.addTeam("vision", Self.every, by: "cli:anna")
      #expect(added.settings == Self.every)
      #expect(added.created == test.clock.now)
      #expect(try test.reopened().team(named: "VISION") == added)
      #expect(try test.store.teams() == [added])
    }
  }

  @Test func `a change keeps what it does not name`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("vision", Self.every, by: "cli:anna")
      let changed = try test.store.changeTeam("Vision", by: "cli:bert") { settings in
        settings.weight = 7
        settings.limits.monthlyTokens = nil
        settings.cacheScope = nil
      }
      var expected = Self.every
      expected.weight = 7
      expected.limits.monthlyTokens = nil
      expected.cacheScope = nil
      #expect(changed.settings == expected)
      #expect(try test.store.team(named: "vision").settings == expected)
    }
  }

  @Test func `a removed team is gone, its name and usage are not`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal("vision")
      try await test.store.record(test.entry("r", principal, tokens: 5))
      try test.store.removeTeam("vision", by: "cli:anna")
      #expect(try test.store.teams().isEmpty)
      #expect(try test.store.teams(includingRemoved: true).first?.removed == test.clock.now)
      #expect(throws: TenantError.noTeam(name: "vision")) { try test.store.team(named: "vision") }
      #expect(throws: TenantError.nameTaken(name: "Vision", isRemoved: true)) {
        try test.store.addTeam("Vision", TeamSettings(), by: "cli:anna")
      }
      #expect(try test.store.usage(UsageQuery()).first?.promptTokens == 5)
    }
  }

  @Test func `a name is given once, whatever its case`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("vision", TeamSettings(), by: "cli:anna")
      #expect(throws: TenantError.nameTaken(name: "ViSiOn", isRemoved: false)) {
        try test.store.addTeam("ViSiOn", TeamSettings(), by: "cli:anna")
      }
    }
  }

  @Test(arguments: [
    "", " ", "a b", "-a", ".a", "a/b", "a'; DROP TABLE team; --", "größe", "a\u{0}", "a\n", "😀",
    "(none)", "a:b", String(repeating: "a", count: 65),
  ])
  func `a name with other characters is refused`(name: String) async throws {
    try await TestStore.with { (test) async throws in
      let error = #expect(throws: TenantError.self) {
        try test.store.addTeam(name, TeamSettings(), by: "cli:anna")
      }
      guard case .invalid("team name", name, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try test.store.teams().isEmpty)
    }
  }

  @Test(arguments: ["a", "A.b_c-9", "0", String(repeating: "a", count: 64)])
  func `a name of letters, digits and marks is taken`(name: String) async throws {
    try await TestStore.with { (test) async throws in
      #expect(try test.store.addTeam(name, TeamSettings(), by: "cli:anna").name == name)
    }
  }

  private static let wrong: [@Sendable (inout TeamSettings) -> Void] = [
    { $0.weight = 0 }, { $0.weight = -1 }, { $0.weight = .nan }, { $0.weight = .infinity },
    { $0.weight = 1e7 }, { $0.priority = .max }, { $0.priority = .min },
    { $0.limits.monthlyTokens = -1 }, { $0.limits.monthlyTokens = .max },
    { $0.limits.monthlyComputeSeconds = -0.5 }, { $0.limits.monthlyComputeSeconds = .nan },
    { $0.limits.monthlyComputeSeconds = .infinity }, { $0.limits.requestsPerMinute = 0 },
    { $0.limits.requestsPerMinute = .max }, { $0.limits.tokensPerMinute = -5 },
    { $0.limits.concurrentRequests = 0 }, { $0.cacheScope = "" }, { $0.cacheScope = "a:b" },
  ]

  @Test(arguments: TeamTests.wrong.indices)
  func `numbers outside their bounds are refused, when adding and when changing`(
    index: Int
  ) async throws {
    try await TestStore.with { test in
      var settings = TeamSettings()
      Self.wrong[index](&settings)
      let refused = settings
      #expect(throws: TenantError.self) {
        try test.store.addTeam("a", refused, by: "cli:anna")
      }
      let team = try test.store.addTeam("a", TeamSettings(), by: "cli:anna")
      #expect(throws: TenantError.self) {
        try test.store.changeTeam("a", by: "cli:anna", Self.wrong[index])
      }
      #expect(try test.store.teams() == [team])
      #expect(try test.store.audit().count == 1)
    }
  }

  @Test func `every act is in the audit log, newest first, and no refused one`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("vision", Self.every, by: "cli:anna")
      test.clock.advance(by: 60)
      try test.store.changeTeam("vision", by: "key:7") { $0.weight = 3 }
      let key = try test.store.addKey(team: "vision", KeySettings(), by: "cli:anna").key
      try test.store.revokeKey(key.id, by: "cli:bert")
      try test.store.revokeKey(key.id, by: "cli:bert")
      try test.store.removeTeam("vision", by: "cli:anna")
      #expect(throws: TenantError.self) { try test.store.removeTeam("vision", by: "cli:eve") }
      let acts = try test.store.audit()
      #expect(
        acts.map { "\($0.actor) \($0.action) \($0.target)" } == [
          "cli:anna team.remove vision", "cli:bert key.revoke key:\(key.id)",
          "cli:anna key.add key:\(key.id)", "key:7 team.set vision", "cli:anna team.add vision",
        ]
      )
      #expect(acts.last?.detail.hasPrefix("weight=2.5 priority=-3 monthly-tokens=1000000 ") == true)
      #expect(acts[3].time == test.clock.now)
      #expect(acts.last.map { $0.time == test.clock.now.addingTimeInterval(-60) } == true)
      #expect(try test.store.audit(limit: 2, before: acts[1].number) == Array(acts[2...3]))
      #expect(try test.store.audit(limit: -1).isEmpty)
    }
  }

  @Test func `the audit log cannot be changed`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("vision", TeamSettings(), by: "cli:anna")
      for sql in ["DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"] {
        #expect(throws: (any Error).self) { try test.run(sql) }
      }
      #expect(try test.store.audit().first?.actor == "cli:anna")
    }
  }

  @Test(arguments: ["", "a b", "x\n", String(repeating: "a", count: 201)])
  func `an act of nobody is no act`(actor: String) async throws {
    try await TestStore.with { test in
      #expect(throws: TenantError.self) {
        try test.store.addTeam("vision", TeamSettings(), by: actor)
      }
      let teams = try test.store.teams()
      #expect(teams.isEmpty)
    }
  }
}
