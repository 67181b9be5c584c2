// Owns: the SQL of a usage query. All that comes from outside is an argument, never part of the text.

import Foundation
import GRDB

/// A usage query as SQL.
struct UsageStatement {
  /// What the rows are about, each once.
  let grouping: [UsageGrouping]
  /// What both statements' conditions compare with.
  let arguments: StatementArguments
  private let condition: String

  init(_ query: UsageQuery) {
    grouping = UsageGrouping.allCases.filter(query.grouping.contains)
    var conditions: [String] = []
    var values: [(any DatabaseValueConvertible)?] = []
    func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      values.append(value)
    }
    require("ledger.team_id = ?", query.teamID)
    require("team.name = ?", query.team)
    require("ledger.key_id = ?", query.keyID)
    require("ledger.model = ?", query.model)
    require("ledger.status = ?", query.status?.rawValue)
    require("ledger.time >= ?", query.since.map(Timestamp.microseconds))
    require("ledger.time < ?", query.until.map(Timestamp.microseconds))
    condition = conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    arguments = StatementArguments(values)
  }

  private var columns: String {
    grouping.map { "\($0.expression) AS by_\($0.rawValue), " }.joined()
  }

  private var source: String {
    "FROM ledger LEFT JOIN team ON team.id = ledger.team_id WHERE \(condition)"
  }

  /// The sums, at most `limit` rows in order.
  func sums(limit: Int) -> String {
    let group = grouping.map(\.expression).joined(separator: ", ")
    let order = grouping.map(\.order).joined(separator: ", ")
    let states = RequestStatus.allCases.map {
      "coalesce(sum(ledger.status = '\($0.rawValue)'), 0) AS \($0.rawValue)"
    }
    return """
      SELECT \(columns) count(*) AS requests, \(states.joined(separator: ", ")),
        coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
        coalesce(sum(cached_tokens), 0) AS cached_tokens,
        coalesce(sum(generated_tokens), 0) AS generated_tokens,
        coalesce(sum(wasted_tokens), 0) AS wasted_tokens,
        total(compute_seconds) AS compute_seconds, total(queue_seconds) AS queue_seconds
      \(source)
      \(group.isEmpty ? "" : "GROUP BY \(group) ORDER BY \(order)") LIMIT \(limit)
      """
  }

  /// How many requests were refused, a row for each group and reason.
  ///
  /// What the ledger's rows and these have in common has one name, so that conditions and groups are the same.
  func refusals(limit: Int) -> String {
    let group = (grouping.map { "by_\($0.rawValue)" } + ["reason"]).joined(separator: ", ")
    return """
      SELECT \(columns) ledger.reason AS reason, sum(ledger.count) AS count
      FROM (SELECT hour AS time, team_id, key_id, reason, count FROM refusal) AS ledger
        LEFT JOIN team ON team.id = ledger.team_id
      WHERE \(condition) GROUP BY \(group) LIMIT \(limit)
      """
  }

  /// Percentiles of a column's values by nearest rank, in a row for each group that has any.
  ///
  /// By window functions, which sort on the disk where memory does not do: the ledger may be long.
  func percentiles(of column: LatencyColumn) -> String {
    let group = grouping.map { "by_\($0.rawValue)" }.joined(separator: ", ")
    let partition = group.isEmpty ? "" : "PARTITION BY \(group)"
    let ranks = [50, 95, 99].map {
      "max(CASE WHEN place = (size * \($0) + 99) / 100 THEN value END) AS p\($0)"
    }
    return """
      WITH chosen AS (
        SELECT \(columns) ledger.\(column.rawValue) AS value \(source)
          AND ledger.\(column.rawValue) IS NOT NULL AND ledger.status <> 'rejected'
      ), ranked AS (
        SELECT *, row_number() OVER (\(partition) ORDER BY value) AS place,
          count(*) OVER (\(partition)) AS size
        FROM chosen
      )
      SELECT \(group.isEmpty ? "" : group + ",") \(ranks.joined(separator: ", "))
      FROM ranked \(group.isEmpty ? "" : "GROUP BY \(group)")
      """
  }

  /// A column of times whose percentiles are of interest.
  enum LatencyColumn: String {
    case firstToken = "first_token_seconds"
    case total = "total_seconds"
  }
}
