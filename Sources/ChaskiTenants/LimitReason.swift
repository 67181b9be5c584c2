// Owns: why a request has to wait, in words.

/// The limit that a request met.
package enum LimitReason: Sendable, Hashable {
  /// As many requests of the team are being answered as may be at once.
  case concurrentRequests(limit: Int)
  /// The team's requests of a minute are used up.
  case requestsPerMinute(limit: Int)
  /// The team's tokens of a minute are used up.
  case tokensPerMinute(limit: Int)
  /// The request does not fit into what is left of the team's tokens of this month.
  case monthlyTokens(budget: Int64, left: Int64)
  /// The request does not fit into what is left of the team's computing of this month.
  case monthlyComputeSeconds(budget: Double, left: Double)
}

extension LimitReason: CustomStringConvertible {
  /// One sentence that says which limit it is.
  package var description: String {
    switch self {
    case .concurrentRequests(let limit):
      "The team's limit of \(limit) concurrent requests is reached."
    case .requestsPerMinute(let limit):
      "The team's limit of \(limit) requests a minute is reached."
    case .tokensPerMinute(let limit):
      "The team's limit of \(limit) tokens a minute is reached."
    case .monthlyTokens(let budget, let left):
      "The request does not fit into the team's budget of \(budget) tokens a month, of which \(left) are left."
    case .monthlyComputeSeconds(let budget, let left):
      "The request does not fit into the team's budget of \(budget) compute-seconds a month, of which"
        + " \((left * 10).rounded(.down) / 10) are left."
    }
  }
}
