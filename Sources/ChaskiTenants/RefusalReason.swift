// Owns: the words for why a team's requests were refused, as the ledger keeps them.

/// Why a request of a known team was refused.
package enum RefusalReason: String, Sendable, CaseIterable, Codable {
  /// As many requests of the team ran as may at once.
  case concurrentRequests = "concurrent_requests"
  /// The team's requests of a minute were used up.
  case requestsPerMinute = "requests_per_minute"
  /// The team's tokens of a minute were used up.
  case tokensPerMinute = "tokens_per_minute"
  /// The request did not fit into what was left of the month's tokens.
  case monthlyTokens = "monthly_tokens"
  /// The request did not fit into what was left of the month's computing.
  case monthlyComputeSeconds = "monthly_compute_seconds"
  /// The key may not use the route.
  case scopeMissing = "scope_missing"
  /// The key's time was over.
  case keyExpired = "key_expired"
  /// The key was revoked.
  case keyRevoked = "key_revoked"
}

extension LimitReason {
  /// The limit in a word.
  package var refusal: RefusalReason {
    switch self {
    case .concurrentRequests: .concurrentRequests
    case .requestsPerMinute: .requestsPerMinute
    case .tokensPerMinute: .tokensPerMinute
    case .monthlyTokens: .monthlyTokens
    case .monthlyComputeSeconds: .monthlyComputeSeconds
    }
  }
}
