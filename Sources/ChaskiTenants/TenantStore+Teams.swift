// Owns: adding, changing, removing and listing teams, each act with its line in the audit log.

import Foundation
import GRDB

extension TenantStore {
  /// All teams by name; removed ones too if asked for.
  package func teams(includingRemoved: Bool = false) throws(TenantError) -> [Team] {
    try database.read("list the teams") { database in
      let condition = includingRemoved ? "" : "WHERE removed IS NULL"
      return try Row.fetchAll(database, sql: "SELECT * FROM team \(condition) ORDER BY name")
        .map { try Team(RowReader($0, of: "team")) }
    }
  }

  /// The team of this name; case does not count.
  ///
  /// - Throws: `TenantError.noTeam`, also for a removed one.
  package func team(named name: String) throws(TenantError) -> Team {
    try database.read("read a team") { try Team.named(name, in: $0) }
  }

  /// Adds a team; `actor` is who did it, for the audit log.
  ///
  /// - Throws: `TenantError.invalid`, `.nameTaken`, which it also is by a removed team.
  @discardableResult
  package func addTeam(_ name: String, _ settings: TeamSettings, by actor: String)
    throws(TenantError)
    -> Team
  {
    try TextRules.checkName(name, field: "team name")
    try settings.check()
    let now = clock()
    return try database.write("add a team") { database in
      let known = try Row.fetchOne(
        database,
        sql: "SELECT removed FROM team WHERE name = ?",
        arguments: [name]
      )
      if let known {
        let removed = try RowReader(known, of: "team").optionalDate("removed")
        throw TenantError.nameTaken(name: name, isRemoved: removed != nil)
      }
      try database.execute(
        sql: """
          INSERT INTO team (
            weight, priority, monthly_tokens, monthly_compute_seconds, requests_per_minute,
            tokens_per_minute, concurrent_requests, cache_scope, name, created
          ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: settings.arguments + [name, Timestamp.microseconds(now)]
      )
      try AuditEntry.write(
        to: database,
        time: now,
        actor: actor,
        action: "team.add",
        target: name,
        detail: settings.summary
      )
      return try Team.named(name, in: database)
    }
  }

  /// Changes a team's settings; what `change` leaves alone stays.
  ///
  /// - Throws: `TenantError.noTeam`, `.invalid`.
  @discardableResult
  package func changeTeam(
    _ name: String,
    by actor: String,
    _ change: (inout TeamSettings) -> Void
  ) throws(TenantError) -> Team {
    let now = clock()
    return try database.write("change a team") { database in
      let team = try Team.named(name, in: database)
      var settings = team.settings
      change(&settings)
      try settings.check()
      try database.execute(
        sql: """
          UPDATE team SET weight = ?, priority = ?, monthly_tokens = ?,
            monthly_compute_seconds = ?, requests_per_minute = ?, tokens_per_minute = ?,
            concurrent_requests = ?, cache_scope = ?
          WHERE id = ?
          """,
        arguments: settings.arguments + [team.id]
      )
      try AuditEntry.write(
        to: database,
        time: now,
        actor: actor,
        action: "team.set",
        target: team.name,
        detail: settings.summary
      )
      return try Team.named(name, in: database)
    }
  }

  /// Removes a team and revokes its keys; its usage stays, and so does its name.
  ///
  /// - Throws: `TenantError.noTeam`.
  package func removeTeam(_ name: String, by actor: String) throws(TenantError) {
    let now = clock()
    try database.write("remove a team") { database in
      let team = try Team.named(name, in: database)
      let time = Timestamp.microseconds(now)
      try database.execute(
        sql: "UPDATE team SET removed = ? WHERE id = ?",
        arguments: [time, team.id]
      )
      try database.execute(
        sql: "UPDATE api_key SET revoked = ? WHERE team_id = ? AND revoked IS NULL",
        arguments: [time, team.id]
      )
      try AuditEntry.write(
        to: database,
        time: now,
        actor: actor,
        action: "team.remove",
        target: team.name,
        detail: "keys revoked: \(database.changesCount)"
      )
    }
  }
}

extension Team {
  /// The team of this name that was not removed.
  static func named(_ name: String, in database: Database) throws -> Team {
    let row = try Row.fetchOne(
      database,
      sql: "SELECT * FROM team WHERE name = ? AND removed IS NULL",
      arguments: [name]
    )
    guard let row else { throw TenantError.noTeam(name: name) }
    return try Team(RowReader(row, of: "team"))
  }

  /// Reads a row of the table.
  init(_ row: RowReader) throws(TenantError) {
    id = try row.value("id")
    name = try row.value("name")
    var settings = TeamSettings()
    settings.weight = try row.value("weight")
    settings.priority = try row.value("priority")
    settings.limits = try TeamLimits(row)
    settings.cacheScope = try row.optional("cache_scope")
    self.settings = settings
    created = try row.date("created")
    removed = try row.optionalDate("removed")
  }
}

extension TeamLimits {
  /// Reads the limits from a team's row.
  init(_ row: RowReader) throws(TenantError) {
    self.init()
    monthlyTokens = try row.optional("monthly_tokens")
    monthlyComputeSeconds = try row.optional("monthly_compute_seconds")
    requestsPerMinute = try row.optional("requests_per_minute")
    tokensPerMinute = try row.optional("tokens_per_minute")
    concurrentRequests = try row.optional("concurrent_requests")
  }
}

extension TeamSettings {
  // In the order of the columns from `weight` to `cache_scope`.
  fileprivate var arguments: StatementArguments {
    [
      weight, priority, limits.monthlyTokens, limits.monthlyComputeSeconds,
      limits.requestsPerMinute, limits.tokensPerMinute, limits.concurrentRequests, cacheScope,
    ]
  }
}
