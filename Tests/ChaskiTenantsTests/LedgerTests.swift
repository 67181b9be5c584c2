// Owns: that what is recorded is there, once, whoever goes away.

import ChaskiTenants
import Foundation
import GRDB
import Testing

/// Writing the ledger.
struct LedgerTests {
  @Test func `an entry is there when recording returns, with everything it holds`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal()
      var entry = test.entry("request-1", principal, tokens: 11, seconds: 0.5)
      entry.model = "smollm2"
      entry.status = .cancelled
      entry.cachedTokens = 7
      entry.generatedTokens = 3
      entry.wastedTokens = 2
      entry.queueSeconds = 0.25
      entry.firstTokenSeconds = 0.75
      entry.totalSeconds = 1.5
      try await test.store.record(entry)
      let row = try test.read { try Row.fetchOne($0, sql: "SELECT * FROM ledger") }
      let values = try #require(row).map { "\($0.0)=\($0.1)" }
      #expect(
        values == [
          "number=1", "id=\"request-1\"", "time=1795348800000000", "team_id=1", "key_id=1",
          "model=\"smollm2\"", "route=\"/v1/chat/completions\"", "status=\"cancelled\"",
          "prompt_tokens=11", "cached_tokens=7", "generated_tokens=3", "wasted_tokens=2",
          "compute_seconds=0.5", "queue_seconds=0.25", "first_token_seconds=0.75",
          "total_seconds=1.5",
        ]
      )
    }
  }

  @Test func `requests that end together share transactions`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal()
      let before = await test.store.ledgerTransactionCount()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<2000 {
          group.addTask {
            try await test.store.record(test.entry("\(index)", principal, tokens: 1))
          }
        }
        try await group.waitForAll()
      }
      let count = await test.store.ledgerTransactionCount() - before
      #expect(count >= 4)
      #expect(count < 1000)
      #expect(try test.store.usage(UsageQuery()).first?.promptTokens == 2000)
    }
  }

  @Test func `a request that is cancelled meanwhile is recorded all the same`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal()
      let store = test.store
      let entries = (0..<50).map { test.entry("\($0)", principal, tokens: 1) }
      let tasks = entries.map { entry in
        Task {
          while !Task.isCancelled { await Task.yield() }
          try await store.record(entry)
        }
      }
      for task in tasks { task.cancel() }
      for task in tasks { try await task.value }
      #expect(try test.store.usage(UsageQuery()).first?.requests == 50)
    }
  }

  @Test func `an id is recorded once, and others beside it are`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal()
      let results = await withTaskGroup(of: TenantError?.self, returning: [TenantError].self) {
        group in
        for index in 0..<100 {
          group.addTask {
            do {
              try await test.store.record(test.entry("\(index % 60)", principal))
              return nil
            } catch {
              return error as? TenantError
            }
          }
        }
        return await group.reduce(into: []) { if let error = $1 { $0.append(error) } }
      }
      #expect(results.count == 40)
      #expect(results.allSatisfy { if case .duplicateRequest = $0 { true } else { false } })
      #expect(try test.store.usage(UsageQuery()).first?.requests == 60)
    }
  }

  private static let wrong: [@Sendable (inout UsageEntry) -> Void] = [
    { $0.id = "" }, { $0.id = "a b" }, { $0.id = "é" }, { $0.id = "\u{0}" },
    { $0.id = String(repeating: "a", count: 201) }, { $0.promptTokens = -1 },
    { $0.promptTokens = .max }, { $0.cachedTokens = .min }, { $0.generatedTokens = -1 },
    { $0.wastedTokens = 1 << 41 }, { $0.computeSeconds = -0.1 }, { $0.computeSeconds = .nan },
    { $0.queueSeconds = .infinity }, { $0.firstTokenSeconds = -1 }, { $0.totalSeconds = 1e300 },
    { $0.time = .distantPast }, { $0.time = Date(timeIntervalSince1970: .nan) },
    { $0.time = Date(timeIntervalSince1970: 1e300) },
  ]

  @Test(arguments: LedgerTests.wrong.indices)
  func `values that no request has are refused, and charged to nobody`(index: Int) async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.monthlyTokens = 100 }
      var entry = test.entry("r", principal, tokens: 100)
      Self.wrong[index](&entry)
      let refused = entry
      await #expect(throws: TenantError.self) { try await test.store.record(refused) }
      #expect(try test.store.usage(UsageQuery()).isEmpty)
      #expect(test.store.admit(principal, tokens: 100).ticket != nil)
    }
  }

  @Test func `texts from outside are kept harmless and short`() async throws {
    try await TestStore.with { test in
      var entry = test.entry("r", .local)
      entry.model = "m'); DROP TABLE ledger; --\u{0}\u{1B}[2J" + String(repeating: "x", count: 1000)
      try await test.store.record(entry)
      var query = UsageQuery()
      query.grouping = [.model]
      let model = try #require(try test.store.usage(query).first?.model)
      #expect(model.hasPrefix("m'); DROP TABLE ledger; --\u{FFFD}\u{FFFD}[2Jxxx"))
      #expect(model.unicodeScalars.count == 200)
    }
  }

  @Test func `a ledger that cannot be written is an error, and the budget counts all the same`()
    async throws
  {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.monthlyTokens = 100 }
      try test.run(
        "CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'disk full'); END"
      )
      let ticket = test.store.admit(principal, tokens: 50).ticket
      let error = await #expect(throws: TenantError.self) {
        try await test.store.record(test.entry("r", principal, tokens: 60), closing: ticket)
      }
      #expect(error?.description.contains("disk full") == true)
      #expect(test.store.admit(principal, tokens: 41).ticket == nil)
      try test.run("DROP TRIGGER full")
      try await test.store.record(test.entry("r", principal, tokens: 1))
      #expect(try test.store.usage(UsageQuery()).first?.finished == 1)
    }
  }

  // Lets a transaction stay open from one call to the next.
  private static let unfinished: Configuration = {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    return configuration
  }()

  @Test func `recording waits for another program that writes`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal()
      let other = try DatabaseQueue(path: test.path, configuration: Self.unfinished)
      try other.execute("BEGIN IMMEDIATE")
      let store = test.store
      let entry = test.entry("r", principal)
      async let recorded: Void = store.record(entry)
      // Reading goes on meanwhile.
      #expect(try test.store.usage(UsageQuery()).isEmpty)
      try other.execute("COMMIT")
      try await recorded
      #expect(try test.store.usage(UsageQuery()).first?.requests == 1)
    }
  }
}

extension DatabaseQueue {
  fileprivate func execute(_ sql: String) throws {
    try writeWithoutTransaction { try $0.execute(sql: sql) }
  }
}
