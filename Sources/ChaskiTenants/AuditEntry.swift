// Owns: one line of the audit log, written with the act that it tells of.

package import Foundation
import GRDB

/// An administrative act: who did what to whom, and when.
package struct AuditEntry: Sendable, Hashable, Encodable {
  /// The line's number; later acts have larger ones.
  package let number: Int64
  /// When it was done.
  package let time: Date
  /// Who did it, such as `cli:anna` or `key:7`.
  package let actor: String
  /// What was done, such as `team.add`.
  package let action: String
  /// What it was done to: a team's name or `key:7`.
  package let target: String
  /// How things stood afterwards.
  package let detail: String

  /// Writes a line in the transaction of the act itself: neither is ever there without the other.
  static func write(
    to database: Database,
    time: Date,
    actor: String,
    action: String,
    target: String,
    detail: String
  ) throws {
    try TextRules.checkID(actor, field: "actor")
    try database.execute(
      sql: "INSERT INTO audit (time, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)",
      arguments: [Timestamp.microseconds(time), actor, action, target, detail]
    )
  }
}

extension TenantStore {
  /// The last `limit` acts before the line of number `before`, newest first.
  package func audit(limit: Int = 100, before: Int64? = nil) throws(TenantError) -> [AuditEntry] {
    try database.read("read the audit log") { database in
      try Row.fetchAll(
        database,
        sql: "SELECT * FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?",
        arguments: [before ?? .max, min(max(limit, 0), 10_000)]
      ).map { row in
        let row = RowReader(row, of: "audit")
        return AuditEntry(
          number: try row.value("number"),
          time: try row.date("time"),
          actor: try row.value("actor"),
          action: try row.value("action"),
          target: try row.value("target"),
          detail: try row.value("detail")
        )
      }
    }
  }
}
