// Owns: joining database, admission and ledger to what a server asks of tenants.
// Does not own: HTTP, models, and scheduling by weight.

package import Foundation
import GRDB

/// Teams, their keys, what they may use, and what they used.
///
/// Safe to use from any thread. Changes that another process makes (`chaski keys revoke`) hold from the next request on.
/// One process at a time may let requests in: rates, places and reservations are kept in its memory.
package final class TenantStore: Sendable {
  let database: TenantDatabase
  let clock: @Sendable () -> Date
  private let desk: AdmissionDesk
  private let lastUses: LastUses
  let ledger: LedgerWriter
  let refusals: RefusalCounts
  private let lock: ServingLock?

  /// Opens the database at `path`, made with mode 0600 if it is not there and `isCreating` is true.
  ///
  /// What was used of this month's budgets is summed up from the ledger, in time that grows with the month's requests,
  /// unless `isServing` is false: such a store is for managing and reports, and its budgets begin at nothing.
  /// `clock` says the time wherever none is given. With `isExclusive` no other store that says so, of this process or another,
  /// may be open: a server's, because limits are kept in its memory.
  /// - Throws: `TenantError`.
  package init(
    path: String,
    isCreating: Bool = true,
    isServing: Bool = true,
    isExclusive: Bool = false,
    clock: @escaping @Sendable () -> Date = { Date() }
  ) throws(TenantError) {
    let database = try TenantDatabase(path: path, isCreating: isCreating)
    // Only once it is known that there is a database, and that it is ours.
    lock = isExclusive ? try ServingLock(path: path) : nil
    let month = CalendarMonth(containing: clock())
    var used: [Int64: Charge] = [:]
    if isServing { used = try database.read("sum up the month") { try Self.used($0, month) } }
    let lastUses = LastUses()
    self.database = database
    self.clock = clock
    self.lastUses = lastUses
    desk = AdmissionDesk(used: used, clock: clock)
    let refusals = RefusalCounts(clock: clock)
    self.refusals = refusals
    ledger = LedgerWriter(database: database, lastUses: lastUses, refusals: refusals)
  }

  /// Writes what is still to be written and closes the database; what is asked afterwards throws.
  ///
  /// - Throws: `TenantError.database`.
  package func close() async throws {
    await ledger.finish()
    let uses = lastUses.take(isLast: true)
    let refused = refusals.take(isLast: true)
    if !uses.isEmpty || !refused.isEmpty {
      try await database.writeLater("write the last uses of keys") { database in
        try LastUses.write(uses, to: database)
        try RefusalCounts.write(refused, to: database)
      }
    }
    try database.close()
  }

  private static func used(_ database: Database, _ month: CalendarMonth) throws -> [Int64: Charge] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT team_id, sum(prompt_tokens + generated_tokens) AS tokens,
          total(compute_seconds) AS seconds
        FROM ledger WHERE time >= ? AND time < ? AND team_id IS NOT NULL GROUP BY team_id
        """,
      arguments: [Timestamp.microseconds(month.start), Timestamp.microseconds(month.end)]
    )
    var used: [Int64: Charge] = [:]
    for row in rows {
      let row = RowReader(row, of: "ledger")
      used[try row.value("team_id")] = Charge(
        tokens: try row.value("tokens"),
        computeSeconds: try row.value("seconds")
      )
    }
    return used
  }
}

extension TenantStore {
  /// The team and key that a secret belongs to.
  ///
  /// Costs one look into an index. - Throws: `TenantError.unknownKey`, `.keyRevoked`, `.keyExpired`, or `.database`.
  package func authenticate(_ secret: String, at now: Date? = nil) throws(TenantError) -> Principal
  {
    let now = now ?? clock()
    guard KeySecret.isWellFormed(secret) else { throw .unknownKey }
    let hash = KeySecret.hash(secret)
    let principal = try database.look("look up a key") { database in
      guard
        let row = try Row.fetchOne(
          database.cachedStatement(sql: Self.principalQuery),
          arguments: [hash]
        )
      else { throw TenantError.unknownKey }
      let reader = RowReader(row, of: "api_key")
      do {
        return try Principal(reader, at: now)
      } catch let error as TenantError {
        try note(error, of: reader, at: now)
        throw error
      }
    }
    if let key = principal.keyID, lastUses.note(key, at: now) {
      Task { [ledger] in await ledger.writeNotes() }
    }
    return principal
  }

  // A key that works no more is a team's still, and its jobs may go on asking.
  private func note(_ error: TenantError, of row: RowReader, at now: Date) throws(TenantError) {
    let reason: RefusalReason? =
      switch error {
      case .keyExpired: .keyExpired
      case .keyRevoked: .keyRevoked
      default: nil
      }
    guard let reason else { return }
    try noteRefusal(
      team: row.value("team_id", as: Int64.self),
      key: row.value("id", as: Int64.self),
      reason,
      at: now
    )
  }

  private static let principalQuery = """
    SELECT api_key.id AS id, prefix, scopes, expires, revoked, removed, team_id, name, weight,
      coalesce(api_key.priority, team.priority) AS priority, monthly_tokens,
      monthly_compute_seconds, requests_per_minute, tokens_per_minute, concurrent_requests,
      cache_scope
    FROM api_key JOIN team ON team.id = team_id WHERE hash = ?
    """

  /// Whether the request may begin, and if not, when to try again.
  ///
  /// `tokens` are those of the prompt and the most of the answer; they are set aside from the team's budget and rate until
  /// the ticket is closed. `computeSeconds` likewise; without them the team's mean of a token this month is taken.
  /// Where a month's budget has fewer left, but `leastTokens` or more, the ticket is for those.
  /// Nothing is read or written; no thread waits.
  package func admit(
    _ principal: Principal,
    tokens: Int = 0,
    leastTokens: Int = .max,
    computeSeconds: Double? = nil,
    at now: Date? = nil
  ) -> Admission {
    let now = now ?? clock()
    let most = min(max(Int64(tokens), 0), TeamLimits.largestCount)
    let demand = AdmissionBook.Demand(
      tokens: most,
      leastTokens: min(max(Int64(leastTokens), 0), most),
      // What is no number is not above 0 either.
      computeSeconds: computeSeconds.map { $0 > 0 ? min($0, TeamLimits.longestTime) : 0 }
    )
    let admission = desk.admit(principal, demand, at: now)
    if case .limited(let reason, _) = admission {
      noteRefusal(team: principal.teamID, key: principal.keyID, reason.refusal, at: now)
    }
    return admission
  }

  /// Writes a request to the ledger, charges its team, and closes its ticket.
  ///
  /// The row is on the disk when this returns, even if the caller is cancelled meanwhile. The charge counts at once, and also
  /// where writing fails: a full disk gives nobody more than their budget.
  /// - Throws: `TenantError.invalid` for counts that no request has, `.duplicateRequest`, `.database`.
  package func record(_ entry: UsageEntry, closing ticket: AdmissionTicket? = nil) async throws {
    try await ledger.record(charge(entry, closing: ticket))
  }

  private func charge(
    _ entry: UsageEntry,
    closing ticket: AdmissionTicket?
  ) throws(TenantError) -> UsageEntry {
    let entry = try entry.checked()
    if let ticket, ticket.closeOnce() {
      desk.close(
        ticket.principal,
        reserved: ticket.reserved,
        charging: entry.charge,
        at: entry.time
      )
    } else if let team = entry.teamID {
      desk.charge(team: team, entry.charge, at: entry.time)
    }
    return entry
  }

  /// How many transactions the ledger took: fewer than requests, if many ended together.
  package func ledgerTransactionCount() async -> Int { await ledger.transactionCount }
}

extension Principal {
  /// Reads who a key's row is about.
  ///
  /// - Throws: `TenantError.keyRevoked`, also for the keys of a removed team, `.keyExpired`, `.damaged`.
  init(_ row: RowReader, at now: Date) throws(TenantError) {
    keyPrefix = try row.value("prefix")
    guard try row.optionalDate("revoked") == nil, try row.optionalDate("removed") == nil else {
      throw .keyRevoked(prefix: keyPrefix)
    }
    if let expires = try row.optionalDate("expires"), now >= expires {
      throw .keyExpired(prefix: keyPrefix, at: expires)
    }
    keyID = try row.value("id", as: Int64.self)
    teamID = try row.value("team_id", as: Int64.self)
    team = try row.value("name")
    weight = try row.value("weight")
    priority = try row.value("priority")
    scopes = Scope.set(try row.value("scopes"))
    limits = try TeamLimits(row)
    let shared: String? = try row.optional("cache_scope")
    // No name holds a colon, so that no team can be called like a scope that others share.
    cacheScope = shared.map { "scope:\($0)" } ?? "team:\(team)"
  }
}

extension Scope {
  /// The rights in a list with commas; those that this version does not know are denied.
  static func set(_ list: String) -> Set<Scope> {
    Set(list.split(separator: ",").compactMap { Scope(rawValue: String($0)) })
  }

  /// The rights as a list with commas, in alphabetical order.
  static func list(_ scopes: Set<Scope>) -> String {
    scopes.map(\.rawValue).sorted().joined(separator: ",")
  }
}
