// Owns: the rules by which requests are let in: rates, places, monthly budgets.
// Does not own: the clock, locking, and what was used before the program started.

import Foundation

/// What every team has used, set aside and has left; time is passed in.
struct AdmissionBook: Sendable {
  /// What a request would use, as far as that is known before it runs.
  struct Demand: Sendable {
    /// Tokens of its prompt and the most of its answer.
    var tokens: Int64
    /// Fewer tokens that would do, if a month's budget has no more: an answer without a bound of its own can be shorter.
    var leastTokens: Int64
    /// Seconds of computing; nil to go by what a token of the team cost this month.
    var computeSeconds: Double?
  }

  /// A limit that a request met.
  struct Refusal: Sendable, Equatable {
    let reason: LimitReason
    let retryAfter: Duration
  }

  fileprivate struct Account {
    var openCount = 0
    var requests: TokenBucket?
    var tokens: TokenBucket?
    // What was used this month, and what requests in progress may use.
    var used = Charge()
    var reserved = Charge()
  }

  // How soon to try again where any request that ends may make room.
  fileprivate static let soon = Duration.seconds(1)

  private var month: CalendarMonth
  private var accounts: [Int64: Account] = [:]

  /// A book for the month of `now`, in which teams have used so much of it already.
  init(used: [Int64: Charge], at now: Date) {
    month = CalendarMonth(containing: now)
    for (team, charge) in used { accounts[team] = Account(used: charge) }
  }

  /// Lets a request in and sets aside what it may use, or says which limit makes it wait longest.
  mutating func admit(
    team: Int64,
    limits: TeamLimits,
    demand: Demand,
    at now: Date
  ) -> Result<Charge, Refusal> {
    turnPage(to: now)
    var account = accounts[team] ?? Account()
    let tokens = account.tokens(for: demand, limits)
    let charge = Charge(
      tokens: tokens,
      computeSeconds: demand.computeSeconds ?? account.used.estimate(tokens: tokens)
    )
    let refusal =
      [
        account.place(limits), account.rates(limits, tokens: charge.tokens, at: now),
        account.budgets(limits, charge, until: month.end, at: now),
      ]
      .compactMap(\.self).max { $0.retryAfter < $1.retryAfter }
    if refusal == nil { account.take(charge, limits) }
    accounts[team] = account
    return refusal.map { .failure($0) } ?? .success(charge)
  }

  /// Ends a request: what was set aside is given back, and what was used is charged.
  mutating func close(
    team: Int64,
    limits: TeamLimits,
    reserved: Charge,
    charging charge: Charge?,
    at time: Date
  ) {
    guard var account = accounts[team] else { return }
    account.openCount -= 1
    account.reserved -= reserved
    // Sums of broken numbers do not end at nothing by themselves.
    if account.openCount == 0 { account.reserved = Charge() }
    if let perMinute = limits.tokensPerMinute {
      let unused = reserved.tokens - (charge?.tokens ?? 0)
      account.tokens?.take(-Double(unused), perMinute: perMinute)
    }
    accounts[team] = account
    if let charge { self.charge(team: team, charge, at: time) }
  }

  /// Charges a team for a request that had no ticket, or whose ticket is closed.
  mutating func charge(team: Int64, _ charge: Charge, at time: Date) {
    turnPage(to: time)
    // What ended last month, but is told now, was last month's.
    guard month.contains(time) else { return }
    accounts[team, default: Account()].used += charge
  }

  // A new month begins with nothing used; a clock that goes back does not bring the old one again.
  private mutating func turnPage(to now: Date) {
    guard now >= month.end else { return }
    month = CalendarMonth(containing: now)
    for team in accounts.keys { accounts[team]?.used = Charge() }
  }
}

extension AdmissionBook.Refusal: Error {}

extension AdmissionBook.Account {
  // As many tokens as the month's budgets have for the request; all of them where even the fewest are too many.
  fileprivate func tokens(for demand: AdmissionBook.Demand, _ limits: TeamLimits) -> Int64 {
    var most = demand.tokens
    if let budget = limits.monthlyTokens {
      most = min(most, max(budget - used.tokens - reserved.tokens, 0))
    }
    let cost = used.estimate(tokens: 1)
    if let budget = limits.monthlyComputeSeconds, demand.computeSeconds == nil, cost > 0 {
      let left = max(budget - used.computeSeconds - reserved.computeSeconds, 0)
      most = min(most, Int64(min(left / cost, Double(TeamLimits.largestCount))))
    }
    return most >= demand.leastTokens ? most : demand.tokens
  }

  fileprivate func place(_ limits: TeamLimits) -> AdmissionBook.Refusal? {
    guard let limit = limits.concurrentRequests, openCount >= limit else { return nil }
    return .init(reason: .concurrentRequests(limit: limit), retryAfter: AdmissionBook.soon)
  }

  fileprivate mutating func rates(
    _ limits: TeamLimits,
    tokens amount: Int64,
    at now: Date
  ) -> AdmissionBook.Refusal? {
    if limits.requestsPerMinute == nil { requests = nil }
    if limits.tokensPerMinute == nil { tokens = nil }
    var refusals: [AdmissionBook.Refusal] = []
    if let limit = limits.requestsPerMinute {
      var bucket = requests ?? TokenBucket(perMinute: limit, at: now)
      if let wait = bucket.wait(for: 1, perMinute: limit, at: now) {
        refusals.append(.init(reason: .requestsPerMinute(limit: limit), retryAfter: wait))
      }
      requests = bucket
    }
    if let limit = limits.tokensPerMinute {
      var bucket = tokens ?? TokenBucket(perMinute: limit, at: now)
      if let wait = bucket.wait(for: Double(amount), perMinute: limit, at: now) {
        refusals.append(.init(reason: .tokensPerMinute(limit: limit), retryAfter: wait))
      }
      tokens = bucket
    }
    return refusals.max { $0.retryAfter < $1.retryAfter }
  }

  fileprivate func budgets(
    _ limits: TeamLimits,
    _ charge: Charge,
    until end: Date,
    at now: Date
  ) -> AdmissionBook.Refusal? {
    let rest = Duration.seconds(max(end.timeIntervalSince(now), 0).rounded(.up))
    if let budget = limits.monthlyTokens, used.tokens + reserved.tokens + charge.tokens > budget {
      let left = max(budget - used.tokens - reserved.tokens, 0)
      let fitsLater = used.tokens + charge.tokens <= budget
      return .init(
        reason: .monthlyTokens(budget: budget, left: left),
        retryAfter: fitsLater ? AdmissionBook.soon : rest
      )
    }
    guard let budget = limits.monthlyComputeSeconds else { return nil }
    let spoken = used.computeSeconds + reserved.computeSeconds
    // What nobody can foresee passes while anything is left.
    guard spoken >= budget || spoken + charge.computeSeconds > budget else { return nil }
    let fitsLater =
      used.computeSeconds < budget && used.computeSeconds + charge.computeSeconds <= budget
    return .init(
      reason: .monthlyComputeSeconds(budget: budget, left: max(budget - spoken, 0)),
      retryAfter: fitsLater ? AdmissionBook.soon : rest
    )
  }

  fileprivate mutating func take(_ charge: Charge, _ limits: TeamLimits) {
    openCount += 1
    reserved += charge
    if let limit = limits.requestsPerMinute { requests?.take(1, perMinute: limit) }
    if let limit = limits.tokensPerMinute {
      tokens?.take(Double(charge.tokens), perMinute: limit)
    }
  }
}

extension Charge {
  // What so many tokens cost at the team's mean of this month; 0 while there is none.
  fileprivate func estimate(tokens count: Int64) -> Double {
    tokens > 0 ? computeSeconds / Double(tokens) * Double(count) : 0
  }
}
