// Owns: what reports say, against sums made here.

import ChaskiTenants
import Foundation
import Testing

/// Reports from the ledger.
struct UsageTests {
  // Two teams, two keys in the first, two models, around a change of the month; figures differ everywhere.
  private static func fill(_ test: TestStore) async throws -> [UsageEntry] {
    try test.store.addTeam("a", TeamSettings(), by: "test")
    try test.store.addTeam("b", TeamSettings(), by: "test")
    let principals = try ["a", "a", "b"].map { team in
      try test.store.authenticate(
        test.store.addKey(team: team, KeySettings(), by: "test").secret
      )
    }
    var entries: [UsageEntry] = []
    for index in 0..<240 {
      let principal = index % 7 == 0 ? Principal.local : principals[index % 3]
      var entry = test.entry("\(index)", principal)
      entry.model = index % 2 == 0 ? "m" : "n"
      entry.status = RequestStatus.allCases[index % 16 < 12 ? 0 : index % 4]
      entry.promptTokens = index
      entry.cachedTokens = index / 2
      entry.generatedTokens = 3 * index
      entry.wastedTokens = index % 5
      entry.computeSeconds = Double(index) / 8
      entry.queueSeconds = Double(index % 11) / 4
      entry.firstTokenSeconds = index % 6 == 5 ? nil : Double((index * 37) % 101) / 16
      entry.totalSeconds = Double((index * 53) % 211) / 16
      entries.append(entry)
      test.clock.advance(by: 3600)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for entry in entries { group.addTask { try await test.store.record(entry) } }
      try await group.waitForAll()
    }
    return entries
  }

  // Nearest rank: the smallest value that at least so many of 100 do not exceed.
  private static func percentiles(_ values: [Double]) -> Percentiles? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    func rank(_ percent: Double) -> Double {
      sorted[Int((Double(sorted.count) * percent / 100).rounded(.up)) - 1]
    }
    return Percentiles(p50: rank(50), p95: rank(95), p99: rank(99))
  }

  private static func check(_ row: UsageRow, _ entries: [UsageEntry]) {
    #expect(row.requests == Int64(entries.count))
    func count(_ status: RequestStatus) -> Int64 {
      Int64(entries.count { $0.status == status })
    }
    #expect(row.finished == count(.finished))
    #expect(row.cancelled == count(.cancelled))
    #expect(row.failed == count(.failed))
    #expect(row.rejected == count(.rejected))
    func sum(_ value: (UsageEntry) -> Int) -> Int64 {
      Int64(entries.reduce(0) { $0 + value($1) })
    }
    #expect(row.promptTokens == sum(\.promptTokens))
    #expect(row.cachedTokens == sum(\.cachedTokens))
    #expect(row.generatedTokens == sum(\.generatedTokens))
    #expect(row.wastedTokens == sum(\.wastedTokens))
    // Eighths and quarters: their sums are exact.
    #expect(row.computeSeconds == entries.reduce(0) { $0 + $1.computeSeconds })
    #expect(row.queueSeconds == entries.reduce(0) { $0 + $1.queueSeconds })
    let run = entries.filter { $0.status != .rejected }
    #expect(row.firstTokenSeconds == percentiles(run.compactMap(\.firstTokenSeconds)))
    #expect(row.totalSeconds == percentiles(run.map(\.totalSeconds)))
  }

  private static func value(_ entry: UsageEntry, _ grouping: UsageGrouping) -> String {
    let day = entry.time.formatted(.iso8601.year().month().day())
    return switch grouping {
    case .team: entry.teamID == nil ? "(none)" : entry.teamID == 1 ? "a" : "b"
    case .key: entry.keyID.map { "\($0)" } ?? "(none)"
    case .model: entry.model
    case .day: day
    case .month: String(day.prefix(7))
    }
  }

  @Test(arguments: [
    [], [.team], [.key], [.model], [.day], [.month], [.team, .model], [.month, .key, .model],
    UsageGrouping.allCases,
  ])
  func `rows are what their requests amount to`(grouping: [UsageGrouping]) async throws {
    try await TestStore.with { test in
      let entries = try await Self.fill(test)
      var query = UsageQuery()
      query.grouping = grouping + grouping
      let rows = try test.store.usage(query)
      let groups = Dictionary(grouping: entries) { entry in
        UsageGrouping.allCases.filter(grouping.contains).map { Self.value(entry, $0) }
      }
      #expect(rows.count == groups.count)
      for row in rows {
        let group = UsageGrouping.allCases.compactMap { row[$0] }
        try Self.check(row, #require(groups[group]))
      }
    }
  }

  @Test func `only the requests that are asked for count`() async throws {
    try await TestStore.with { test in
      let entries = try await Self.fill(test)
      let middle = entries[100].time
      let filters: [((inout UsageQuery) -> Void, (UsageEntry) -> Bool)] = [
        ({ $0.team = "A" }, { $0.teamID == 1 }), ({ $0.teamID = 2 }, { $0.teamID == 2 }),
        ({ $0.keyID = 2 }, { $0.keyID == 2 }), ({ $0.model = "n" }, { $0.model == "n" }),
        ({ $0.status = .failed }, { $0.status == .failed }),
        ({ $0.since = middle }, { $0.time >= middle }),
        ({ $0.until = middle }, { $0.time < middle }),
        (
          {
            $0.team = "b"
            $0.model = "m"
            $0.since = middle
          }, { $0.teamID == 2 && $0.model == "m" && $0.time >= middle }
        ),
        ({ $0.model = "m' OR '1'='1" }, { _ in false }),
        ({ $0.since = .distantFuture }, { _ in false }),
        ({ $0.since = .distantPast }, { _ in true }),
        ({ $0.until = Date(timeIntervalSince1970: .nan) }, { _ in false }),
      ]
      for (change, isWanted) in filters {
        var query = UsageQuery()
        query.grouping = []
        change(&query)
        let rows = try test.store.usage(query)
        #expect(rows.count == 1)
        Self.check(try #require(rows.first), entries.filter(isWanted))
      }
    }
  }

  @Test func `rows come in the order of their groups`() async throws {
    try await TestStore.with { test in
      for id in 0..<12 { _ = try test.principal("t\(id)") }
      for key in try test.store.keys().reversed() {
        var entry = test.entry("\(key.id)", .local)
        entry.keyID = key.id
        try await test.store.record(entry)
      }
      var query = UsageQuery()
      query.grouping = [.key]
      #expect(try test.store.usage(query).map(\.key) == (1...12).map { "\($0)" })
    }
  }

  @Test func `a ledger without requests has no rows, and zeros all together`() async throws {
    try await TestStore.with { test in
      var query = UsageQuery()
      #expect(try test.store.usage(query).isEmpty)
      query.grouping = []
      let row = try #require(try test.store.usage(query).first)
      Self.check(row, [])
    }
  }

  @Test func `comma-separated values are as RFC 4180 has them`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal("a")
      var entry = test.entry("1", principal, tokens: 10, seconds: 0.125)
      entry.model = "say \"hi\", twice"
      entry.totalSeconds = 2
      try await test.store.record(entry)
      entry.id = "2"
      entry.model = "=1+1"
      entry.firstTokenSeconds = 0.5
      try await test.store.record(entry)
      let grouping = [UsageGrouping.model, .team]
      var query = UsageQuery()
      query.grouping = grouping
      let text = UsageCSV.text(try test.store.usage(query), grouping: grouping)
      let titles =
        "team,model,requests,finished,cancelled,failed,rejected,prompt_tokens,cached_tokens,generated_tokens,"
        + "wasted_tokens,compute_seconds,queue_seconds,first_token_seconds_p50,first_token_seconds_p95,"
        + "first_token_seconds_p99,total_seconds_p50,total_seconds_p95,total_seconds_p99,rejected_by"
      #expect(
        text
          == [
            titles, "a,'=1+1,1,1,0,0,0,10,0,0,0,0.125,0.0,0.5,0.5,0.5,2.0,2.0,2.0,",
            "a,\"say \"\"hi\"\", twice\",1,1,0,0,0,10,0,0,0,0.125,0.0,,,,2.0,2.0,2.0,", "",
          ].joined(separator: "\r\n")
      )
    }
  }

  @Test func `JSON has the names that scripts rely on`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal("a")
      try await test.store.record(test.entry("1", principal, tokens: 10))
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      let json = try encoder.encode(test.store.usage(UsageQuery()))
      #expect(
        String(decoding: json, as: UTF8.self)
          == #"[{"cachedTokens":0,"cancelled":0,"computeSeconds":0,"failed":0,"finished":1,"#
          + #""generatedTokens":0,"promptTokens":10,"queueSeconds":0,"rejected":0,"rejectedBy":{},"requests":1,"team":"a","#
          + #""totalSeconds":{"p50":0,"p95":0,"p99":0},"wastedTokens":0}]"#
      )
    }
  }
}
