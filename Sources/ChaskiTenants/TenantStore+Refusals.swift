// Owns: counting what was refused to teams, and telling it in reports.

import Foundation
import GRDB

extension TenantStore {
  /// Checks that a key has a right; that it has not is counted.
  ///
  /// - Throws: `TenantError.scopeMissing`.
  package func require(_ scope: Scope, of principal: Principal) throws(TenantError) {
    do throws(TenantError) {
      try principal.require(scope)
    } catch {
      noteRefusal(team: principal.teamID, key: principal.keyID, .scopeMissing, at: clock())
      throw error
    }
  }

  /// Counts a refused request of a known team; it is in reports a minute later at the latest.
  func noteRefusal(team: Int64?, key: Int64?, _ reason: RefusalReason, at now: Date) {
    guard let team, let key else { return }
    switch refusals.note(team: team, key: key, reason, at: now) {
    case .now: Task { [ledger] in await ledger.writeNotes() }
    case .after(let delay):
      Task { [weak ledger] in
        try? await Task.sleep(for: delay)
        await ledger?.writeNotes()
      }
    case .arranged: break
    }
  }

  /// Adds what was refused to the rows of a report, and rows for groups of which everything was refused.
  ///
  /// Refusals are counted by the hour, without the model that was asked for: a report of models has none.
  static func addRefusals(
    to rows: [UsageRow],
    _ query: UsageQuery,
    _ database: Database
  ) throws -> [UsageRow] {
    guard query.model == nil, !query.grouping.contains(.model) else { return rows }
    guard query.status == nil || query.status == .rejected else { return rows }
    var query = query
    query.status = nil
    // The hour in which it begins is not divided.
    query.since = query.since.map { Timestamp.date(RefusalCounts.hour(of: $0)) }
    let statement = UsageStatement(query)
    let found = try Row.fetchAll(
      database,
      sql: statement.refusals(limit: UsageQuery.maximumRowCount * RefusalReason.allCases.count),
      arguments: statement.arguments
    )
    guard !found.isEmpty else { return rows }
    var rows = rows
    var places: [[String]: Int] = [:]
    for (place, row) in rows.enumerated() { places[row.group(statement.grouping)] = place }
    for row in found {
      let reader = RowReader(row, of: "refusal")
      let group = try group(reader, statement)
      let place = places[group] ?? rows.count
      if place == rows.count {
        rows.append(UsageRow(statement.grouping, group))
        places[group] = place
      }
      try rows[place].add(refused: reader.value("count"), because: reader.value("reason"))
    }
    return rows.sorted { UsageGrouping.areInOrder($0, $1, by: statement.grouping) }
  }
}
