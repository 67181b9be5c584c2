// Owns: removing old requests from the ledger. Does not own: how they are summed up (TenantStore+Usage).

package import Foundation
import GRDB

extension TenantStore {
  /// Requests that one transaction removes: few enough that a server which writes meanwhile does not wait noticeably.
  private static let pruningBatch = 5_000

  /// How many requests of the ledger ended before `date`.
  package func requestCount(before date: Date) throws(TenantError) -> Int {
    try database.read("count requests") { database in
      try Int.fetchOne(
        database,
        sql: "SELECT count(*) FROM ledger WHERE time < ?",
        arguments: [Timestamp.microseconds(date)]
      ) ?? 0
    }
  }

  /// Removes the requests from the ledger that ended before `date`; `actor` is who did it, for the audit log.
  ///
  /// The line in the audit log is written with the first of them. The file does not shrink: its pages are used for what
  /// comes.
  ///
  /// - Returns: How many requests were removed.
  /// - Throws: `TenantError.invalid` for a date in this month, whose budgets are summed up from the ledger.
  @discardableResult
  package func pruneLedger(before date: Date, by actor: String) throws(TenantError) -> Int {
    let now = clock()
    let month = CalendarMonth(containing: now).start
    guard date <= month else {
      throw .invalid(
        field: "date",
        value: date.formatted(.iso8601),
        reason:
          "this month's budgets need its requests; use \(month.formatted(.iso8601)) or earlier"
      )
    }
    let count = try requestCount(before: date)
    guard count > 0 else { return 0 }
    var removed = 0
    var last = 0
    repeat {
      let isFirst = removed == 0
      last = try database.write("remove requests") { database in
        try database.execute(
          sql: """
            DELETE FROM ledger WHERE number IN
              (SELECT number FROM ledger WHERE time < ? ORDER BY time LIMIT ?)
            """,
          arguments: [Timestamp.microseconds(date), Self.pruningBatch]
        )
        let changes = database.changesCount
        if isFirst {
          try database.execute(
            sql: "DELETE FROM refusal WHERE hour < ?",
            arguments: [Timestamp.microseconds(date)]
          )
          try AuditEntry.write(
            to: database,
            time: now,
            actor: actor,
            action: "usage.prune",
            target: "ledger",
            detail: "\(count) requests before \(date.formatted(.iso8601))"
          )
        }
        return changes
      }
      removed += last
    } while last == Self.pruningBatch
    return removed
  }
}
