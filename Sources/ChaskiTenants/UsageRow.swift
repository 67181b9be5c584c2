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
  package internal(set) var requests: Int64 = 0
  /// How many of them got their whole answer.
  package internal(set) var finished: Int64 = 0
  /// How many of them were stopped by their sender.
  package internal(set) var cancelled: Int64 = 0
  /// How many of them failed.
  package internal(set) var failed: Int64 = 0
  /// How many of them were refused before any work; by the hour, and none where rows are about models.
  package internal(set) var rejected: Int64 = 0
  /// How many of them were refused for which reason (`RefusalReason`).
  package internal(set) var rejectedBy: [String: Int64] = [:]
  /// Tokens of prompts, those from the cache too.
  package internal(set) var promptTokens: Int64 = 0
  /// Tokens of prompts that were in the cache.
  package internal(set) var cachedTokens: Int64 = 0
  /// Tokens of answers.
  package internal(set) var generatedTokens: Int64 = 0
  /// Tokens that were computed once more.
  package internal(set) var wastedTokens: Int64 = 0
  /// The requests' share of the machine's computing, in seconds.
  package internal(set) var computeSeconds: Double = 0
  /// How long the requests waited, all together, in seconds.
  package internal(set) var queueSeconds: Double = 0
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

  /// A row of nothing about a group, whose values are those of `grouping`.
  init(_ grouping: [UsageGrouping], _ group: [String]) {
    for (one, value) in zip(grouping, group) {
      switch one {
      case .team: team = value
      case .key: key = value
      case .model: model = value
      case .day: day = value
      case .month: month = value
      }
    }
  }

  /// Why requests were refused and how many, such as `key_expired 3, monthly_tokens 12`; empty where none were.
  package var rejectionText: String {
    rejectedBy.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  /// The row's values of `grouping`.
  func group(_ grouping: [UsageGrouping]) -> [String] { grouping.map { self[$0] ?? "" } }

  /// Counts requests that were refused.
  mutating func add(refused count: Int64, because reason: String) {
    requests += count
    rejected += count
    rejectedBy[reason, default: 0] += count
  }
}
