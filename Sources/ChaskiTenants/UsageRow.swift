// Owns: one row of a usage report.

/// What a group of requests used.
package struct UsageRow: Sendable, Hashable, Encodable {
  /// The team's name, if the rows are about teams; `(none)` for requests without a key.
  package var team: String?
  /// The key's number, if the rows are about keys; `(none)` for requests without one.
  package var key: String?
  /// The model's name, if the rows are about models.
  package var model: String?
  /// The day, such as 2026-11-22, if the rows are about days.
  package var day: String?
  /// The month, such as 2026-11, if the rows are about months.
  package var month: String?
  /// How many requests there were.
  package let requests: Int64
  /// How many of them got their whole answer.
  package let finished: Int64
  /// How many of them were stopped by their sender.
  package let cancelled: Int64
  /// How many of them failed.
  package let failed: Int64
  /// How many of them were refused before any work.
  package let rejected: Int64
  /// Tokens of prompts, those from the cache too.
  package let promptTokens: Int64
  /// Tokens of prompts that were in the cache.
  package let cachedTokens: Int64
  /// Tokens of answers.
  package let generatedTokens: Int64
  /// Tokens that were computed once more.
  package let wastedTokens: Int64
  /// The requests' share of the machine's computing, in seconds.
  package let computeSeconds: Double
  /// How long the requests waited, all together, in seconds.
  package let queueSeconds: Double
  /// How long first tokens took; nil where there were none.
  package var firstTokenSeconds: Percentiles?
  /// How long whole requests took, without those that were refused; nil where there were none.
  package var totalSeconds: Percentiles?

  /// The row's value of a grouping.
  package subscript(grouping: UsageGrouping) -> String? {
    switch grouping {
    case .team: team
    case .key: key
    case .model: model
    case .day: day
    case .month: month
    }
  }
}
