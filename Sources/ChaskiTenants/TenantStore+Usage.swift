// Owns: answering usage queries.

import Foundation
import GRDB

extension TenantStore {
  /// What was used, summed up as the query says, in the order of its groups; all figures are of one moment.
  ///
  /// Blocks the calling thread, in time that grows with the requests asked for.
  /// - Throws: `TenantError.tooManyRows`, `.database`.
  package func usage(_ query: UsageQuery) throws(TenantError) -> [UsageRow] {
    let statement = UsageStatement(query)
    return try database.read("sum up the ledger") { database in
      let limit = UsageQuery.maximumRowCount
      let rows = try Row.fetchAll(
        database,
        sql: statement.sums(limit: limit + 1),
        arguments: statement.arguments
      )
      guard rows.count <= limit else { throw TenantError.tooManyRows(limit: limit) }
      let firstToken = try Self.percentiles(of: .firstToken, statement, database)
      let total = try Self.percentiles(of: .total, statement, database)
      let served = try rows.map { row in
        let reader = RowReader(row, of: "ledger")
        let group = try Self.group(reader, statement)
        var row = try UsageRow(reader, statement.grouping, group)
        row.firstTokenSeconds = firstToken[group]
        row.totalSeconds = total[group]
        return row
      }
      let all = try Self.addRefusals(to: served, query, database)
      guard all.count <= limit else { throw TenantError.tooManyRows(limit: limit) }
      return all
    }
  }

  private static func percentiles(
    of column: UsageStatement.LatencyColumn,
    _ statement: UsageStatement,
    _ database: Database
  ) throws -> [[String]: Percentiles] {
    let rows = try Row.fetchAll(
      database,
      sql: statement.percentiles(of: column),
      arguments: statement.arguments
    )
    var result: [[String]: Percentiles] = [:]
    for row in rows {
      let reader = RowReader(row, of: "ledger")
      // A group of nothing has no percentiles.
      guard let p50: Double = try reader.optional("p50") else { continue }
      result[try group(reader, statement)] = Percentiles(
        p50: p50,
        p95: try reader.value("p95"),
        p99: try reader.value("p99")
      )
    }
    return result
  }

  static func group(_ row: RowReader, _ statement: UsageStatement) throws -> [String] {
    var group: [String] = []
    for one in statement.grouping { group.append(try row.value("by_\(one.rawValue)")) }
    return group
  }
}

extension UsageRow {
  fileprivate init(_ row: RowReader, _ grouping: [UsageGrouping], _ group: [String])
    throws(TenantError)
  {
    self.init(grouping, group)
    requests = try row.value("requests")
    finished = try row.value("finished")
    cancelled = try row.value("cancelled")
    failed = try row.value("failed")
    rejected = try row.value("rejected")
    promptTokens = try row.value("prompt_tokens")
    cachedTokens = try row.value("cached_tokens")
    generatedTokens = try row.value("generated_tokens")
    wastedTokens = try row.value("wasted_tokens")
    computeSeconds = try row.value("compute_seconds")
    queueSeconds = try row.value("queue_seconds")
  }
}
