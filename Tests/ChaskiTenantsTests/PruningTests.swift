import ChaskiTenants
import Foundation
import Testing

/// Removing old requests from the ledger.
struct PruningTests {
  private static let now = Date(timeIntervalSince1970: 1_795_000_000)  // 2026-11-18

  private static func entry(daysAgo: Double) -> UsageEntry {
    var entry = UsageEntry(
      id: UUID().uuidString,
      time: now.addingTimeInterval(-daysAgo * 86_400),
      principal: .local,
      model: "m",
      route: "/r",
      status: .finished
    )
    entry.promptTokens = 1
    return entry
  }

  private static func requests(_ store: TenantStore) throws -> Int {
    try store.usage(UsageQuery()).reduce(0) { $0 + Int($1.requests) }
  }

  @Test(arguments: [3, 12_000])
  func `requests before a day go, all others stay, and the audit log says so`(count: Int)
    async throws
  {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "tenants.sqlite").path
      let store = try TenantStore(path: path) { Self.now }
      try await withThrowingTaskGroup { group in
        for _ in 0..<count { group.addTask { try await store.record(Self.entry(daysAgo: 100)) } }
        for days in [20, 1.5] {
          group.addTask { try await store.record(Self.entry(daysAgo: days)) }
        }
        try await group.waitForAll()
      }
      let date = Self.now.addingTimeInterval(-30 * 86_400)
      #expect(try store.requestCount(before: date) == count)
      #expect(try store.pruneLedger(before: date, by: "test") == count)
      #expect(try Self.requests(store) == 2)
      // Nothing is left to be removed, and nothing to be noted.
      #expect(try store.pruneLedger(before: date, by: "test") == 0)
      let acts = try store.audit().filter { $0.action == "usage.prune" }
      #expect(acts.map(\.actor) == ["test"])
      #expect(acts.first?.detail.hasPrefix("\(count) requests before 2026-10-19") == true)
      try await store.close()
    }
  }

  @Test func `this month's requests, from which budgets are summed up, cannot be removed`()
    async throws
  {
    try await TestStore.inFolder { folder in
      let store = try TenantStore(path: folder.appending(path: "tenants.sqlite").path) { Self.now }
      try await store.record(Self.entry(daysAgo: 1))
      #expect(throws: TenantError.self) { try store.pruneLedger(before: Self.now, by: "test") }
      #expect(try Self.requests(store) == 1)
      try await store.close()
    }
  }
}
