// Owns: what a team may use, and which numbers are limits.

/// What a team may use; nil is no limit.
package struct TeamLimits: Sendable, Hashable, Codable {
  /// Tokens of prompts and answers in a calendar month (UTC).
  package var monthlyTokens: Int64?
  /// Seconds of computing in a calendar month (UTC).
  package var monthlyComputeSeconds: Double?
  /// Requests begun in a minute.
  package var requestsPerMinute: Int?
  /// Tokens of prompts and answers in a minute.
  package var tokensPerMinute: Int?
  /// Requests at the same time.
  package var concurrentRequests: Int?

  /// No limits.
  package init() {}

  /// The largest number of tokens that a limit or an entry may name: 2^53, which JSON's readers know exactly.
  package static let largestCount: Int64 = 1 << 53
  /// The most requests or tokens a minute, and requests at the same time.
  package static let largestRate = 1_000_000_000
  /// The most seconds that a limit or an entry may name: over thirty years.
  package static let longestTime = 1e9

  /// Checks every limit.
  ///
  /// - Throws: `TenantError.invalid`. A budget may be 0, which allows nothing; rates begin at 1.
  func check() throws(TenantError) {
    if let tokens = monthlyTokens, !(0...Self.largestCount).contains(tokens) {
      throw .invalid(
        field: "monthly token budget",
        value: "\(tokens)",
        reason: "it must be 0 to \(Self.largestCount)"
      )
    }
    if let seconds = monthlyComputeSeconds, !(0...Self.longestTime).contains(seconds) {
      throw .invalid(
        field: "monthly budget of compute-seconds",
        value: "\(seconds)",
        reason: "it must be 0 to a thousand million"
      )
    }
    try Self.checkRate(requestsPerMinute, field: "limit of requests a minute")
    try Self.checkRate(tokensPerMinute, field: "limit of tokens a minute")
    try Self.checkRate(concurrentRequests, field: "limit of concurrent requests")
  }

  private static func checkRate(_ rate: Int?, field: String) throws(TenantError) {
    guard let rate, !(1...largestRate).contains(rate) else { return }
    throw .invalid(field: field, value: "\(rate)", reason: "it must be 1 to \(largestRate)")
  }
}
