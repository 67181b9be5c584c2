// Owns: what an administrator's request says about a team. Does not own: which values are allowed in the end (TeamSettings).

import ChaskiChat
import ChaskiTenants

/// What is to change about a team; what a request does not name stays as it is, and null takes a limit away.
struct TeamChange: Sendable {
  /// The names of the settings.
  static let names = [
    "weight", "priority", "monthly_tokens", "monthly_compute_seconds", "requests_per_minute",
    "tokens_per_minute", "concurrent_requests", "cache_scope",
  ]

  private var changes: [@Sendable (inout TeamSettings) -> Void] = []

  /// The change that `fields` say.
  ///
  /// - Throws: `ServerError.field`.
  init(_ fields: RequestFields) throws(ServerError) {
    if fields.object["weight"] != nil {
      let weight = try Self.weight(fields)
      changes.append { $0.weight = weight }
    }
    if fields.object["priority"] != nil {
      let range = TeamSettings.priorities
      guard let priority = try fields.int("priority", in: range) else {
        throw .field(fields.name("priority"), expected: "a whole number")
      }
      changes.append { $0.priority = priority }
    }
    if fields.object["monthly_tokens"] != nil {
      let tokens = try fields.int("monthly_tokens", in: 0...Int(TeamLimits.largestCount))
      changes.append { $0.limits.monthlyTokens = tokens.map(Int64.init) }
    }
    if fields.object["monthly_compute_seconds"] != nil {
      let seconds = try fields.double("monthly_compute_seconds")
      guard (0...TeamLimits.longestTime).contains(seconds ?? 0) else {
        throw .field("monthly_compute_seconds", expected: "from 0 to a thousand million")
      }
      changes.append { $0.limits.monthlyComputeSeconds = seconds }
    }
    let rates: [(String, any WritableKeyPath<TeamLimits, Int?> & Sendable)] = [
      ("requests_per_minute", \.requestsPerMinute), ("tokens_per_minute", \.tokensPerMinute),
      ("concurrent_requests", \.concurrentRequests),
    ]
    for (name, path) in rates where fields.object[name] != nil {
      let rate = try fields.int(name, in: 1...TeamLimits.largestRate)
      changes.append { $0.limits[keyPath: path] = rate }
    }
    if fields.object["cache_scope"] != nil {
      let scope = try fields.string("cache_scope")
      changes.append { $0.cacheScope = scope }
    }
  }

  /// Whether nothing was named.
  var isEmpty: Bool { changes.isEmpty }

  /// Makes the change.
  func apply(to settings: inout TeamSettings) {
    for change in changes { change(&settings) }
  }

  private static func weight(_ fields: RequestFields) throws(ServerError) -> Double {
    let range = TeamSettings.weights
    // A range holds no value that is not a number.
    guard let weight = try fields.double("weight"), range.contains(weight) else {
      throw .field(
        fields.name("weight"),
        expected: "a number, from \(range.lowerBound) to \(range.upperBound)"
      )
    }
    return weight
  }
}
