// Owns: by what usage can be summed up.

/// What the rows of a usage report are about.
package enum UsageGrouping: String, Sendable, CaseIterable, Codable {
  /// A row for each team.
  case team
  /// A row for each key.
  case key
  /// A row for each model.
  case model
  /// A row for each day (UTC).
  case day
  /// A row for each calendar month (UTC).
  case month

  /// The value of a ledger's row, as text.
  var expression: String {
    switch self {
    // No team's name holds parentheses.
    case .team: "coalesce(team.name, '(none)')"
    case .key: "coalesce(CAST(ledger.key_id AS TEXT), '(none)')"
    case .model: "ledger.model"
    case .day: "strftime('%Y-%m-%d', ledger.time / 1000000, 'unixepoch')"
    case .month: "strftime('%Y-%m', ledger.time / 1000000, 'unixepoch')"
    }
  }

  /// What rows are put in order by, where their text would not do.
  var order: String {
    switch self {
    case .key: "ledger.key_id"
    default: expression
    }
  }
}
