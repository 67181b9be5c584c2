// Owns: making, listing and revoking keys, each act with its line in the audit log.

import Foundation
import GRDB

extension TenantStore {
  /// All keys in the order in which they were made, of one team if it is named.
  ///
  /// - Throws: `TenantError.noTeam`.
  package func keys(ofTeam name: String? = nil) throws(TenantError) -> [APIKey] {
    try database.read("list the keys") { database in
      var condition = ""
      var arguments: StatementArguments = []
      if let name {
        condition = "WHERE team_id = ?"
        arguments = [try Team.named(name, in: database).id]
      }
      return try APIKey.fetchAll(database, condition, arguments)
    }
  }

  /// Whether a key was ever made: from then on a server answers nobody without one.
  ///
  /// Revoked and expired keys count too: the end of the last key must not open a server to whoever reaches it.
  package func hasKeys() throws(TenantError) -> Bool {
    try database.read("look for keys") { database in
      try Int.fetchOne(database, sql: "SELECT 1 FROM api_key LIMIT 1") != nil
    }
  }

  /// Makes a key for a team; its secret is in the answer and nowhere else.
  ///
  /// - Throws: `TenantError.noTeam`, `.invalid`.
  package func addKey(team name: String, _ settings: KeySettings, by actor: String)
    throws(TenantError) -> NewKey
  {
    let now = clock()
    try settings.check(now: now)
    let secret = KeySecret.make()
    let key = try database.write("make a key") { database in
      let team = try Team.named(name, in: database)
      try database.execute(
        sql: """
          INSERT INTO api_key (
            team_id, label, hash, prefix, scopes, priority, created, expires
          ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          team.id, settings.label, KeySecret.hash(secret),
          String(secret.prefix(KeySecret.prefixLength)), Scope.list(settings.scopes),
          settings.priority, Timestamp.microseconds(now),
          settings.expires.map(Timestamp.microseconds),
        ]
      )
      let key = try APIKey.only(database, id: database.lastInsertedRowID)
      try AuditEntry.write(
        to: database,
        time: now,
        actor: actor,
        action: "key.add",
        target: "key:\(key.id)",
        detail: "team=\(team.name) scopes=\(Scope.list(settings.scopes)) prefix=\(key.prefix)"
      )
      return key
    }
    return NewKey(key: key, secret: secret)
  }

  /// The key that `text` names: by its number, or by the first characters of its secret.
  ///
  /// A whole secret is good too; what is left over is compared by its hash.
  /// - Throws: `TenantError.noKey`, `.ambiguousKey`.
  package func key(_ text: String) throws(TenantError) -> APIKey {
    try database.read("look up a key") { database in
      if let id = Int64(text) { return try APIKey.only(database, id: id) }
      let isSecret = KeySecret.isWellFormed(text)
      // What is longer may be most of a secret, and is not to be seen in an error.
      let shown = String(text.prefix(KeySecret.prefixLength))
      guard isSecret || text.utf8.count == KeySecret.prefixLength else {
        throw TenantError.noKey(text: shown)
      }
      let found = try APIKey.fetchAll(
        database,
        isSecret ? "WHERE hash = ?" : "WHERE prefix = ?",
        isSecret ? [KeySecret.hash(text)] : [text]
      )
      guard let key = found.first else { throw TenantError.noKey(text: shown) }
      guard found.count == 1 else {
        throw TenantError.ambiguousKey(text: text, ids: found.map(\.id))
      }
      return key
    }
  }

  /// Revokes a key for good: from the next request on it is refused; revoking again does nothing.
  ///
  /// There is no way back: who revokes a key may know that others have it, and who comes later may not.
  /// - Returns: Whether the key was not revoked before.
  /// - Throws: `TenantError.noKey`.
  @discardableResult
  package func revokeKey(_ id: Int64, by actor: String) throws(TenantError) -> Bool {
    let now = clock()
    return try database.write("revoke a key") { database in
      let key = try APIKey.only(database, id: id)
      guard key.revoked == nil else { return false }
      try database.execute(
        sql: "UPDATE api_key SET revoked = ? WHERE id = ?",
        arguments: [Timestamp.microseconds(now), id]
      )
      try AuditEntry.write(
        to: database,
        time: now,
        actor: actor,
        action: "key.revoke",
        target: "key:\(id)",
        detail: "team=\(key.team) prefix=\(key.prefix)"
      )
      return true
    }
  }
}

extension APIKey {
  fileprivate static func fetchAll(
    _ database: Database,
    _ condition: String,
    _ arguments: StatementArguments
  ) throws -> [APIKey] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT api_key.id AS id, name, label, prefix, scopes, api_key.priority AS priority,
          api_key.created AS created, last_used, expires, revoked
        FROM api_key JOIN team ON team.id = team_id \(condition) ORDER BY api_key.id
        """,
      arguments: arguments
    ).map { try APIKey(RowReader($0, of: "api_key")) }
  }

  fileprivate static func only(_ database: Database, id: Int64) throws -> APIKey {
    guard let key = try fetchAll(database, "WHERE api_key.id = ?", [id]).first else {
      throw TenantError.noKey(text: "\(id)")
    }
    return key
  }

  private init(_ row: RowReader) throws(TenantError) {
    id = try row.value("id")
    team = try row.value("name")
    var settings = KeySettings()
    settings.label = try row.value("label")
    settings.scopes = Scope.set(try row.value("scopes"))
    settings.priority = try row.optional("priority")
    settings.expires = try row.optionalDate("expires")
    self.settings = settings
    prefix = try row.value("prefix")
    created = try row.date("created")
    lastUsed = try row.optionalDate("last_used")
    revoked = try row.optionalDate("revoked")
  }
}
