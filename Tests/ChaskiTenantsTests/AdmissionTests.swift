// Owns: who may begin now, and how long others wait.

import ChaskiTenants
import Foundation
import Testing

/// Rates, places and budgets; no test waits, the clock is moved.
struct AdmissionTests {
  @Test func `a team without limits is always let in, and so is this machine`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal()
      for who in [principal, .local] {
        let tickets = (0..<1000).compactMap { _ in test.store.admit(who, tokens: .max).ticket }
        #expect(tickets.count == 1000)
        #expect(tickets.allSatisfy { $0.principal == who })
      }
    }
  }

  @Test func `no more requests run at once than may, and a closed ticket makes room once`()
    async throws
  {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.concurrentRequests = 2 }
      let first = try #require(test.store.admit(principal).ticket)
      let second = try #require(test.store.admit(principal).ticket)
      let refused = test.store.admit(principal)
      #expect(refused.reason == .concurrentRequests(limit: 2))
      #expect(refused.retryAfter == .seconds(1))
      first.close()
      first.close()
      let third = test.store.admit(principal)
      #expect(third.ticket != nil)
      #expect(test.store.admit(principal).ticket == nil)
      second.close()
      #expect(test.store.admit(principal).ticket != nil)
    }
  }

  @Test func `a ticket that is dropped closes itself`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.concurrentRequests = 1 }
      for _ in 0..<5 { #expect(test.store.admit(principal).ticket != nil) }
    }
  }

  @Test func `requests a minute come back one by one`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.requestsPerMinute = 30 }
      for _ in 0..<30 { #expect(test.store.admit(principal).ticket != nil) }
      let refused = test.store.admit(principal)
      #expect(refused.reason == .requestsPerMinute(limit: 30))
      #expect(refused.retryAfter == .seconds(2))
      test.clock.advance(by: 1.9)
      #expect(test.store.admit(principal).ticket == nil)
      test.clock.advance(by: 0.1)
      #expect(test.store.admit(principal).ticket != nil)
      #expect(test.store.admit(principal).ticket == nil)
      test.clock.advance(by: 3600)
      for _ in 0..<30 { #expect(test.store.admit(principal).ticket != nil) }
      #expect(test.store.admit(principal).ticket == nil)
    }
  }

  @Test func `a refused request uses up nothing`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal {
        $0.limits.requestsPerMinute = 2
        $0.limits.concurrentRequests = 1
      }
      let ticket = try #require(test.store.admit(principal).ticket)
      for _ in 0..<10 { #expect(test.store.admit(principal).ticket == nil) }
      ticket.close()
      #expect(test.store.admit(principal).ticket != nil)
    }
  }

  @Test func `a clock that goes back lets nobody in twice`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.requestsPerMinute = 1 }
      #expect(test.store.admit(principal).ticket != nil)
      test.clock.advance(by: -86_400)
      #expect(test.store.admit(principal).retryAfter == .seconds(60))
      test.clock.advance(by: 60)
      #expect(test.store.admit(principal).ticket != nil)
      #expect(test.store.admit(principal).ticket == nil)
    }
  }

  @Test func `tokens a minute are set aside, and those not used come back`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.tokensPerMinute = 600 }
      let ticket = try #require(test.store.admit(principal, tokens: 600).ticket)
      #expect(test.store.admit(principal, tokens: 100).reason == .tokensPerMinute(limit: 600))
      #expect(test.store.admit(principal, tokens: 100).retryAfter == .seconds(10))
      try await test.store.record(test.entry("r", principal, tokens: 400), closing: ticket)
      #expect(test.store.admit(principal, tokens: 200).ticket != nil)
      #expect(test.store.admit(principal, tokens: 201).ticket == nil)
    }
  }

  @Test func `a request above a minute's tokens runs when none are used, and leaves a debt`()
    async throws
  {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.tokensPerMinute = 600 }
      let ticket = try #require(test.store.admit(principal, tokens: 1800).ticket)
      #expect(test.store.admit(principal, tokens: 1).retryAfter == .milliseconds(120100))
      try await test.store.record(test.entry("r", principal, tokens: 1200), closing: ticket)
      #expect(test.store.admit(principal, tokens: 1).retryAfter == .milliseconds(60100))
      test.clock.advance(by: 60.1)
      #expect(test.store.admit(principal, tokens: 1).ticket != nil)
    }
  }

  @Test func `a budget is spent once, however many ask at the same time`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.monthlyTokens = 1000 }
      let store = test.store
      let tickets = await withTaskGroup(
        of: AdmissionTicket?.self,
        returning: [AdmissionTicket].self
      ) {
        group in
        for _ in 0..<200 { group.addTask { store.admit(principal, tokens: 100).ticket } }
        return await group.reduce(into: []) { if let ticket = $1 { $0.append(ticket) } }
      }
      #expect(tickets.count == 10)
      let refused = test.store.admit(principal, tokens: 100)
      #expect(refused.reason == .monthlyTokens(budget: 1000, left: 0))
      // What runs may use less than was set aside, so that it is worth asking again soon.
      #expect(refused.retryAfter == .seconds(1))
      for (index, ticket) in tickets.enumerated() {
        try await test.store.record(
          test.entry("\(index)", principal, tokens: 50),
          closing: ticket
        )
      }
      #expect(test.store.admit(principal, tokens: 501).ticket == nil)
      #expect(test.store.admit(principal, tokens: 500).ticket != nil)
    }
  }

  @Test func `a spent budget is back when the next month begins`() async throws {
    try await TestStore.with(at: "2026-12-31T23:58:00Z") { test in
      let principal = try test.principal { $0.limits.monthlyTokens = 100 }
      try await test.store.record(test.entry("r", principal, tokens: 100))
      let refused = test.store.admit(principal, tokens: 1)
      #expect(refused.reason == .monthlyTokens(budget: 100, left: 0))
      #expect(refused.retryAfter == .seconds(120))
      test.clock.advance(by: 119)
      #expect(test.store.admit(principal, tokens: 1).retryAfter == .seconds(1))
      test.clock.advance(by: 1)
      #expect(test.store.admit(principal, tokens: 100).ticket != nil)
    }
  }

  @Test func `the month in which a request ends pays for it`() async throws {
    try await TestStore.with(at: "2026-02-28T23:59:00Z") { test in
      let principal = try test.principal { $0.limits.monthlyTokens = 100 }
      let late = test.entry("late", principal, tokens: 70)
      let ticket = try #require(test.store.admit(principal, tokens: 100).ticket)
      test.clock.advance(by: 120)
      // It ended in February, though it is told in March.
      try await test.store.record(late)
      try await test.store.record(test.entry("r", principal, tokens: 60), closing: ticket)
      #expect(test.store.admit(principal, tokens: 41).ticket == nil)
      #expect(test.store.admit(principal, tokens: 40).ticket != nil)
      let restarted = try test.reopened()
      #expect(restarted.admit(principal, tokens: 41).ticket == nil)
      #expect(restarted.admit(principal, tokens: 40).ticket != nil)
    }
  }

  @Test func `what was used is known after a restart, and what was set aside is free`() async throws
  {
    try await TestStore.with { test in
      let principal = try test.principal {
        $0.limits.monthlyTokens = 1000
        $0.limits.monthlyComputeSeconds = 10
      }
      let other = try test.principal("b") { $0.limits.monthlyTokens = 1000 }
      var entry = test.entry("r", principal, tokens: 300, seconds: 4)
      entry.generatedTokens = 100
      entry.wastedTokens = 1000
      try await test.store.record(entry)
      let open = test.store.admit(principal, tokens: 600)
      #expect(open.ticket != nil)
      #expect(test.store.admit(principal, tokens: 600).ticket == nil)
      let restarted = try test.reopened()
      #expect(restarted.admit(other, tokens: 1000).ticket != nil)
      #expect(restarted.admit(principal, tokens: 601, computeSeconds: 0).ticket == nil)
      #expect(restarted.admit(principal, tokens: 600, computeSeconds: 6).ticket != nil)
    }
  }

  @Test func `a store for reports sums nothing up`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.monthlyTokens = 10 }
      try await test.store.record(test.entry("r", principal, tokens: 10))
      let reports = try TenantStore(
        path: test.path,
        isServing: false,
        clock: { [clock = test.clock] in
          clock.now
        }
      )
      #expect(reports.admit(principal, tokens: 10).ticket != nil)
    }
  }

  @Test func `computing is set aside by what a token cost so far`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.monthlyComputeSeconds = 10 }
      try await test.store.record(test.entry("r", principal, tokens: 100, seconds: 5))
      // 60 tokens at 0.05 s are 3 s; two of them do not fit into the 5 that are left.
      let ticket = try #require(test.store.admit(principal, tokens: 60).ticket)
      let refused = test.store.admit(principal, tokens: 60)
      #expect(refused.reason == .monthlyComputeSeconds(budget: 10, left: 2))
      #expect(refused.retryAfter == .seconds(1))
      #expect(test.store.admit(principal, tokens: 60, computeSeconds: 1).ticket != nil)
      ticket.close()
      try await test.store.record(test.entry("s", principal, tokens: 1, seconds: 5))
      let spent = test.store.admit(principal)
      #expect(spent.reason == .monthlyComputeSeconds(budget: 10, left: 0))
      // Eight and a half days until December.
      #expect(spent.retryAfter == .seconds(734_400))
    }
  }

  @Test func `an answer that may be shorter gets what the month has left`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal {
        $0.limits.monthlyTokens = 1000
        $0.limits.monthlyComputeSeconds = 100
      }
      let first = try #require(test.store.admit(principal, tokens: 600, leastTokens: 200).ticket)
      #expect(first.tokenCount == 600)
      let second = try #require(test.store.admit(principal, tokens: 600, leastTokens: 200).ticket)
      #expect(second.tokenCount == 400)
      #expect(
        test.store.admit(principal, tokens: 600, leastTokens: 200).reason
          == .monthlyTokens(budget: 1000, left: 0)
      )
      #expect(test.store.admit(principal, tokens: 1).ticket == nil)
      second.close()
      // A tenth of a second for each token: 50 seconds are left, those of 500 tokens.
      try await test.store.record(
        test.entry("1", principal, tokens: 500, seconds: 50),
        closing: first
      )
      try test.store.changeTeam("a", by: "test") { $0.limits.monthlyTokens = nil }
      let bounded = try test.store.authenticate(
        test.store.addKey(team: "a", KeySettings(), by: "test").secret
      )
      #expect(
        test.store.admit(bounded, tokens: 600, leastTokens: 200).ticket?.tokenCount == 500
      )
      #expect(test.store.admit(bounded, tokens: 600).ticket == nil)
      #expect(test.store.admit(.local, tokens: 600, leastTokens: 1).ticket?.tokenCount == nil)
    }
  }

  @Test func `a budget of nothing lets nothing in`() async throws {
    try await TestStore.with { test in
      let tokens = try test.principal("a") { $0.limits.monthlyTokens = 0 }
      let seconds = try test.principal("b") { $0.limits.monthlyComputeSeconds = 0 }
      #expect(test.store.admit(tokens, tokens: 1).ticket == nil)
      #expect(test.store.admit(seconds).ticket == nil)
    }
  }

  @Test func `of several limits the one that takes longest is named`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal {
        $0.limits.requestsPerMinute = 1
        $0.limits.concurrentRequests = 1
        $0.limits.monthlyTokens = 10
      }
      let ticket = test.store.admit(principal).ticket
      #expect(test.store.admit(principal).reason == .requestsPerMinute(limit: 1))
      #expect(
        test.store.admit(principal, tokens: 11).reason == .monthlyTokens(budget: 10, left: 10)
      )
      ticket?.close()
    }
  }

  @Test func `a request that fails before it ran is charged nothing`() async throws {
    try await TestStore.with { test in
      let principal = try test.principal { $0.limits.monthlyTokens = 100 }
      let ticket = try #require(test.store.admit(principal, tokens: 100).ticket)
      ticket.close()
      #expect(test.store.admit(principal, tokens: 100).ticket != nil)
    }
  }

  @Test func `a new limit counts for the next request`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      let secret = try test.store.addKey(team: "a", KeySettings(), by: "test").secret
      let open = try test.store.admit(test.store.authenticate(secret))
      try test.store.changeTeam("a", by: "test") { $0.limits.concurrentRequests = 1 }
      #expect(try test.store.admit(test.store.authenticate(secret)).ticket == nil)
      open.ticket?.close()
      #expect(try test.store.admit(test.store.authenticate(secret)).ticket != nil)
    }
  }

  @Test(arguments: [Int.min, -1, .max])
  func `numbers that no request has do no harm`(tokens: Int) async throws {
    try await TestStore.with { test in
      let principal = try test.principal {
        $0.limits.monthlyTokens = 1 << 53
        $0.limits.monthlyComputeSeconds = 1e9
        $0.limits.tokensPerMinute = 1_000_000_000
      }
      for seconds in [-Double.infinity, .infinity, .nan, 1e308] {
        test.store.admit(principal, tokens: tokens, computeSeconds: seconds).ticket?.close()
      }
      #expect(test.store.admit(principal, tokens: 1).ticket != nil)
    }
  }
}
