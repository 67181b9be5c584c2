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

  /// Whether a row comes before another in a report by `grouping`, as SQL puts them in order.
  static func areInOrder(_ first: UsageRow, _ second: UsageRow, by grouping: [Self]) -> Bool {
    for one in grouping {
      let (left, right) = (first[one] ?? "", second[one] ?? "")
      guard left != right else { continue }
      // Numbers are no text; requests without a key come first.
      return one == .key ? Int64(left) ?? 0 < Int64(right) ?? 0 : left < right
    }
    return false
  }

  /// What rows are put in order by, where their text would not do.
  var order: String {
    switch self {
    case .key: "ledger.key_id"
    default: expression
    }
  }
}
