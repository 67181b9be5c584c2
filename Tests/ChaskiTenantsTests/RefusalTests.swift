// Owns: what was refused to teams, counted.

import ChaskiTenants
import Foundation
import GRDB
import Testing

/// Refused requests in reports.
struct RefusalTests {
  private static func refuse(_ test: TestStore, _ principal: Principal, times count: Int) {
    for _ in 0..<count { #expect(test.store.admit(principal, tokens: 1).ticket == nil) }
  }

  private static func rows(
    _ store: TenantStore,
    _ change: (inout UsageQuery) -> Void = { _ in }
  ) throws -> [UsageRow] {
    var query = UsageQuery()
    change(&query)
    return try store.usage(query)
  }

  @Test func `each reason is counted for its team, key and day`() async throws {
    try await TestStore.with { test in
      let held = try test.principal("a") { $0.limits.concurrentRequests = 1 }
      let poor = try test.principal("b") { $0.limits.monthlyTokens = 0 }
      let ticket = test.store.admit(held).ticket
      Self.refuse(test, held, times: 3)
      #expect(throws: TenantError.scopeMissing(.admin)) {
        try test.store.require(.admin, of: held)
      }
      Self.refuse(test, poor, times: 2)
      try await test.store.record(test.entry("1", held, tokens: 10), closing: ticket)
      test.clock.advance(by: 86_400)
      Self.refuse(test, poor, times: 4)
      try await test.store.close()

      let store = try test.reopened()
      let teams = try Self.rows(store)
      #expect(teams.map(\.team) == ["a", "b"])
      #expect(teams.map(\.requests) == [5, 6])
      #expect(teams.map(\.finished) == [1, 0])
      #expect(teams.map(\.rejected) == [4, 6])
      #expect(teams.first?.rejectedBy == ["concurrent_requests": 3, "scope_missing": 1])
      #expect(teams.last?.rejectionText == "monthly_tokens 6")
      let days = try Self.rows(store) { $0.grouping = [.day, .key] }
      #expect(days.map(\.day) == ["2026-11-22", "2026-11-22", "2026-11-23"])
      #expect(days.map(\.rejected) == [4, 2, 4])
      #expect(days.first?.promptTokens == 10)
      #expect(days.last?.firstTokenSeconds == nil)
      #expect(UsageCSV.text(teams, grouping: [.team]).contains("concurrent_requests 3, scope"))
      try await store.close()
    }
  }

  @Test func `reports count what was refused in what they are about`() async throws {
    try await TestStore.with { test in
      let poor = try test.principal("a") { $0.limits.monthlyTokens = 0 }
      let other = try test.principal("b") { $0.limits.monthlyTokens = 0 }
      Self.refuse(test, poor, times: 1)
      test.clock.advance(by: 7200)
      Self.refuse(test, poor, times: 2)
      Self.refuse(test, other, times: 4)
      try await test.store.close()
      let store = try test.reopened()
      let start = try Date("2026-11-22T12:00:00Z", strategy: .iso8601)
      let reports: [((inout UsageQuery) -> Void, Int64)] = [
        ({ _ in }, 7), ({ $0.team = "A" }, 3), ({ $0.teamID = other.teamID }, 4),
        ({ $0.keyID = poor.keyID }, 3), ({ $0.until = start.addingTimeInterval(3600) }, 1),
        // The hour in which the time lies is counted whole.
        ({ $0.since = start.addingTimeInterval(8000) }, 6), ({ $0.status = .rejected }, 7),
        ({ $0.status = .finished }, 0), ({ $0.model = "m" }, 0), ({ $0.grouping = [.model] }, 0),
      ]
      for (change, count) in reports {
        let rows = try Self.rows(store) {
          $0.grouping = []
          change(&$0)
        }
        #expect(rows.reduce(0) { $0 + $1.rejected } == count)
      }
      try await store.close()
    }
  }

  @Test func `a key that works no more is counted, and one that nobody made is not`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      var settings = KeySettings()
      settings.expires = test.clock.now.addingTimeInterval(60)
      let short = try test.store.addKey(team: "a", settings, by: "test")
      let revoked = try test.store.addKey(team: "a", KeySettings(), by: "test")
      #expect(try test.store.revokeKey(revoked.key.id, by: "test"))
      #expect(try !test.store.revokeKey(revoked.key.id, by: "test"))
      test.clock.advance(by: 60)
      let unknown = "chaski-" + String(repeating: "A", count: 43)
      for secret in [short.secret, revoked.secret, revoked.secret, unknown, "nonsense"] {
        #expect(throws: TenantError.self) { try test.store.authenticate(secret) }
      }
      try await test.store.close()
      let store = try test.reopened()
      #expect(try Self.rows(store).map(\.rejectedBy) == [["key_expired": 1, "key_revoked": 2]])
      try await store.close()
    }
  }

  @Test func `refusing does not write, but for once a minute`() async throws {
    try await TestStore.with { test in
      let poor = try test.principal("a") { $0.limits.monthlyTokens = 0 }
      for _ in 0..<1000 {
        Self.refuse(test, poor, times: 1)
        await Task.yield()
      }
      try await test.store.close()
      #expect(await test.store.ledgerTransactionCount() <= 2)
      let store = try test.reopened()
      #expect(try Self.rows(store).map(\.rejected) == [1000])
      // The next minute's are added to the hour's.
      test.clock.advance(by: 60)
      #expect(store.admit(poor, tokens: 1).ticket == nil)
      try await store.close()
      let rows = try test.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM refusal") }
      #expect(rows == 1)
      let last = try test.reopened()
      #expect(try Self.rows(last).map(\.rejected) == [1001])
      try await last.close()
    }
  }

  @Test func `what is removed from the ledger takes its refusals along`() async throws {
    try await TestStore.with(at: "2026-10-05T00:00:00Z") { test in
      let poor = try test.principal("a") { $0.limits.monthlyTokens = 0 }
      Self.refuse(test, poor, times: 3)
      try await test.store.record(test.entry("1", poor))
      test.clock.advance(by: 60 * 86_400)
      Self.refuse(test, poor, times: 1)
      try await test.store.close()
      let store = try test.reopened()
      let month = try Date("2026-12-01T00:00:00Z", strategy: .iso8601)
      #expect(try store.pruneLedger(before: month, by: "test") == 1)
      #expect(try Self.rows(store).map(\.rejected) == [1])
      try await store.close()
    }
  }
}
