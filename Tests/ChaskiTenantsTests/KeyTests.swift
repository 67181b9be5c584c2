// Owns: keys: their secrets, what they allow, when they stop.

import ChaskiTenants
import Foundation
import GRDB
import Testing

/// Keys and who they let in.
struct KeyTests {
  @Test func `a secret is shown once, and the database has its hash alone`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let new = try test.store.addKey(team: "a", KeySettings(), by: "test")
      #expect(new.secret.wholeMatch(of: /chaski-[0-9A-Za-z]{43}/) != nil)
      #expect(new.key.prefix == String(new.secret.prefix(13)))
      try await test.store.close()
      let bytes = try Data(contentsOf: URL(filePath: test.path))
      let random = Data(new.secret.dropFirst(13).utf8)
      #expect(bytes.range(of: random) == nil)
      #expect(bytes.range(of: Data(new.key.prefix.utf8)) != nil)
    }
  }

  @Test func `the hash is SHA-256 of the secret`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      // sha256sum of the text below.
      let secret = "chaski-" + String(repeating: "a", count: 43)
      let hash = "03a2cf3357528204f6b8439654089f2b31c6ca8918533412767377f02205f822"
      try test.run(
        """
        INSERT INTO api_key (team_id, label, hash, prefix, scopes, created)
        VALUES (1, '', x'\(hash)', 'chaski-aaaaaa', 'chat', 0)
        """
      )
      let principal = try test.store.authenticate(secret)
      #expect(principal.team == "a")
      #expect(principal.scopes == [.chat])
    }
  }

  @Test func `a key says who its holder is`() async throws {
    try await TestStore.with { test in
      var settings = TeamSettings()
      settings.weight = 3
      settings.priority = 2
      settings.limits.concurrentRequests = 9
      let team = try test.store.addTeam("a", settings, by: "test")
      let plain = try test.store.addKey(team: "A", KeySettings(), by: "test")
      var keySettings = KeySettings()
      keySettings.label = "nightly – runs"
      keySettings.scopes = [.admin, .usage]
      keySettings.priority = -5
      let special = try test.store.addKey(team: "a", keySettings, by: "test")
      let principal = try test.store.authenticate(plain.secret)
      #expect(principal.keyID == plain.key.id)
      #expect(principal.teamID == team.id)
      #expect(principal.team == "a")
      #expect(principal.weight == 3)
      #expect(principal.priority == 2)
      #expect(principal.limits == settings.limits)
      #expect(try test.store.authenticate(special.secret).priority == -5)
      #expect(try test.store.keys().map(\.settings) == [KeySettings(), keySettings])
    }
  }

  @Test func `what is not granted is denied`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      for granted in Scope.allCases.map({ Set([$0]) }) + [[], Scope.standard] {
        var settings = KeySettings()
        settings.scopes = granted
        let principal = try test.store.authenticate(
          test.store.addKey(team: "a", settings, by: "test").secret
        )
        for scope in Scope.allCases {
          // Administrators may read what others may.
          let isRead = scope == .usage || scope == .metrics
          if granted.contains(scope) || (isRead && granted.contains(.admin)) {
            try principal.require(scope)
          } else {
            #expect(throws: TenantError.scopeMissing(scope)) { try principal.require(scope) }
          }
        }
      }
      #expect(Set(Scope.allCases).subtracting(Scope.standard) == [.admin])
      #expect(!Principal.local.scopes.contains(.admin))
    }
  }

  @Test(arguments: [
    "", "chaski-", "sk-123", "chaski-" + String(repeating: "a", count: 42),
    "chaski-" + String(repeating: "a", count: 43), "chaski-" + String(repeating: "-", count: 43),
    "chaski-" + String(repeating: "é", count: 43), "' OR 1=1 --",
    String(repeating: "a", count: 10_000_000), "\u{0}",
  ])
  func `a text that is nobody's key is refused`(secret: String) async throws {
    try await TestStore.with { test in
      _ = try test.principal()
      #expect(throws: TenantError.unknownKey) { try test.store.authenticate(secret) }
    }
  }

  @Test func `a changed secret is nobody's`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let secret = try test.store.addKey(team: "a", KeySettings(), by: "test").secret
      for offset in 7..<50 {
        var changed = Array(secret)
        changed[offset] = changed[offset] == "x" ? "y" : "x"
        #expect(throws: TenantError.unknownKey) { try test.store.authenticate(String(changed)) }
      }
      _ = try test.store.authenticate(secret)
    }
  }

  @Test func `a key stops at its expiry and not before`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      var settings = KeySettings()
      settings.expires = test.clock.now.addingTimeInterval(60)
      let new = try test.store.addKey(team: "a", settings, by: "test")
      test.clock.advance(by: 59.9)
      _ = try test.store.authenticate(new.secret)
      #expect(try test.store.hasKeys())
      test.clock.advance(by: 0.1)
      #expect(throws: TenantError.keyExpired(prefix: new.key.prefix, at: test.clock.now)) {
        try test.store.authenticate(new.secret)
      }
      // Nobody gets in without a key because the last one has ended.
      #expect(try test.store.hasKeys())
      #expect(new.key.isValid(at: test.clock.now) == false)
    }
  }

  @Test func `an expiry in the past, a long label and a wild priority are refused`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let wrong: [(inout KeySettings) -> Void] = [
        { $0.expires = test.clock.now }, { $0.expires = .distantPast },
        { $0.expires = Date(timeIntervalSince1970: .infinity) },
        { $0.expires = Date(timeIntervalSince1970: .nan) },
        { $0.label = String(repeating: "a", count: 201) }, { $0.label = "a\u{1B}[31m" },
        { $0.label = "a\nb" }, { $0.label = "\u{202E}" }, { $0.priority = 1001 },
      ]
      for change in wrong {
        var settings = KeySettings()
        change(&settings)
        let refused = settings
        #expect(throws: TenantError.self) {
          try test.store.addKey(team: "a", refused, by: "test")
        }
      }
      #expect(throws: TenantError.noTeam(name: "b")) {
        try test.store.addKey(team: "b", KeySettings(), by: "test")
      }
      #expect(try test.store.keys().isEmpty)
    }
  }

  @Test func `a revoked key is refused at once, whoever revoked it`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let new = try test.store.addKey(team: "a", KeySettings(), by: "test")
      _ = try test.store.authenticate(new.secret)
      // Another process, while this one serves.
      try test.reopened().revokeKey(new.key.id, by: "cli:anna")
      #expect(throws: TenantError.keyRevoked(prefix: new.key.prefix)) {
        try test.store.authenticate(new.secret)
      }
      #expect(try test.store.keys().first?.revoked == test.clock.now)
      #expect(throws: TenantError.noKey(text: "99")) { try test.store.revokeKey(99, by: "x") }
    }
  }

  @Test func `keys of a removed team are refused`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let new = try test.store.addKey(team: "a", KeySettings(), by: "test")
      try test.store.removeTeam("a", by: "test")
      #expect(throws: TenantError.keyRevoked(prefix: new.key.prefix)) {
        try test.store.authenticate(new.secret)
      }
      #expect(try test.store.hasKeys())
    }
  }

  @Test func `a server has keys from the first one on`() async throws {
    try await TestStore.with { test in
      #expect(try !test.store.hasKeys())
      try test.store.addTeam("a", TeamSettings(), by: "test")
      #expect(try !test.store.hasKeys())
      let new = try test.store.addKey(team: "a", KeySettings(), by: "test")
      #expect(try test.store.hasKeys())
      try test.reopened().revokeKey(new.key.id, by: "cli:anna")
      #expect(try test.store.hasKeys())
    }
  }

  @Test func `a change of the team counts from the next request on`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let new = try test.store.addKey(team: "a", KeySettings(), by: "test")
      #expect(try test.store.authenticate(new.secret).weight == 1)
      try test.reopened().changeTeam("a", by: "cli:anna") { $0.weight = 8 }
      #expect(try test.store.authenticate(new.secret).weight == 8)
    }
  }

  @Test func `prefixes of prompts are shared only where two teams name one scope`() async throws {
    try await TestStore.with { test in
      let scopes = try ["a", "b", "c", "lab"].enumerated().map { index, name in
        try test.principal(name) { if index == 1 || index == 2 { $0.cacheScope = "lab" } }
          .cacheScope
      }
      #expect(scopes[1] == scopes[2])
      #expect(Set(scopes).count == 3)
    }
  }

  @Test func `a key is found by its number, its first characters, or all of them`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let new = try test.store.addKey(team: "a", KeySettings(), by: "test")
      for text in ["\(new.key.id)", new.key.prefix, new.secret] {
        #expect(try test.store.key(text) == new.key)
      }
      for text in ["0", "-1", "chaski-", "x", "chaski-______", "'"] {
        #expect(throws: TenantError.self) { try test.store.key(text) }
      }
      let error = #expect(throws: TenantError.self) { try test.store.key(new.secret + "x") }
      #expect(error?.description.contains(new.secret.suffix(20)) == false)
    }
  }

  @Test func `keys that begin alike are told apart by their numbers`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let ids = try (0..<2).map { _ in
        try test.store.addKey(team: "a", KeySettings(), by: "test").key.id
      }
      try test.run("UPDATE api_key SET prefix = 'chaski-aaaaaa'")
      #expect(throws: TenantError.ambiguousKey(text: "chaski-aaaaaa", ids: ids)) {
        try test.store.key("chaski-aaaaaa")
      }
    }
  }

  @Test func `the last use is written with the next entry, and at most once a minute`() async throws
  {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let new = try test.store.addKey(team: "a", KeySettings(), by: "test")
      #expect(new.key.lastUsed == nil)
      let first = test.clock.now
      let principal = try test.store.authenticate(new.secret)
      try await test.store.record(test.entry("1", principal))
      #expect(try test.store.keys().first?.lastUsed == first)
      test.clock.advance(by: 30)
      _ = try test.store.authenticate(new.secret)
      try await test.store.record(test.entry("2", principal))
      #expect(try test.store.keys().first?.lastUsed == first)
      test.clock.advance(by: 30)
      _ = try test.store.authenticate(new.secret)
      try await test.store.record(test.entry("3", principal))
      #expect(try test.store.keys().first?.lastUsed == test.clock.now)
      test.clock.advance(by: 1)
      _ = try test.store.authenticate(new.secret)
      try await test.store.close()
      #expect(try test.reopened().keys().first?.lastUsed == test.clock.now)
    }
  }
}
