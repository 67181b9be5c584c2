// Owns: what an administrator chooses about a team.

/// What an administrator chooses about a team.
package struct TeamSettings: Sendable, Hashable, Codable {
  /// The team's share of a busy machine, in proportion to the others' weights.
  package var weight: Double = 1
  /// The priority of the team's requests among each other, where their key has none; higher goes first.
  package var priority: Int = 0
  /// What the team may use.
  package var limits = TeamLimits()
  /// The name of a scope within which prefixes of prompts are shared with other teams; nil to share with nobody.
  package var cacheScope: String?

  /// The usual settings: weight 1, no limits, nothing shared.
  package init() {}

  /// The weights that are allowed.
  package static let weights = 0.001...1_000_000.0
  /// The priorities that are allowed.
  package static let priorities = -1000...1000

  /// Checks every setting.
  ///
  /// - Throws: `TenantError.invalid`.
  func check() throws(TenantError) {
    // A range holds no value that is not a number.
    guard Self.weights.contains(weight) else {
      throw .invalid(
        field: "weight",
        value: "\(weight)",
        reason: "it must be \(Self.weights.lowerBound) to a million"
      )
    }
    try Self.checkPriority(priority)
    try limits.check()
    if let cacheScope { try TextRules.checkName(cacheScope, field: "cache scope") }
  }

  /// Checks a priority of a team or key.
  static func checkPriority(_ priority: Int) throws(TenantError) {
    guard priorities.contains(priority) else {
      throw .invalid(
        field: "priority",
        value: "\(priority)",
        reason: "it must be \(priorities.lowerBound) to \(priorities.upperBound)"
      )
    }
  }

  /// The settings in words for the audit log.
  var summary: String {
    func text<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "none" }
    return [
      "weight=\(weight)", "priority=\(priority)",
      "monthly-tokens=\(text(limits.monthlyTokens))",
      "monthly-compute-seconds=\(text(limits.monthlyComputeSeconds))",
      "requests-per-minute=\(text(limits.requestsPerMinute))",
      "tokens-per-minute=\(text(limits.tokensPerMinute))",
      "concurrent-requests=\(text(limits.concurrentRequests))",
      "cache-scope=\(text(cacheScope))",
    ].joined(separator: " ")
  }
}
