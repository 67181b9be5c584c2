// Owns: whether and when a failed transfer is tried again.
// Does not own: sleeping, and what a failure is (TransferFailure's makers).

/// A failure that another attempt may cure.
package struct TransferFailure: Error, Equatable {
  /// Who failed.
  package let host: String
  /// What happened, in a few words.
  package let reason: String
  /// The status that the host answered with, where it answered.
  package var status: Int?
  /// How long the host asked to wait.
  package var retryAfter: Duration?

  /// Describes a failure.
  package init(host: String, reason: String, status: Int? = nil, retryAfter: Duration? = nil) {
    self.host = host
    self.reason = reason
    self.status = status
    self.retryAfter = retryAfter
  }
}

/// How often and how long to wait for a host that fails.
package struct RetryPolicy: Sendable, Equatable {
  /// How many attempts in a row may fail without bringing `usefulByteCount` bytes.
  package var maximumAttempts = 6
  /// The wait after the first failure; it doubles with each further one.
  package var firstDelay = Duration.seconds(1)
  /// The longest such wait.
  package var maximumDelay = Duration.seconds(30)
  /// The longest wait that a host may ask for.
  package var maximumRetryAfter = Duration.seconds(120)
  /// How many bytes make an attempt count as a success.
  ///
  /// It bounds the attempts by the file's size: a host that sends one byte a connection is given up.
  package var usefulByteCount: Int64 = 1 << 20

  /// The usual patience.
  package init() {}
}

/// The attempts of one transfer.
package struct RetryState {
  private let policy: RetryPolicy
  /// How many attempts in a row have failed.
  package private(set) var failures = 0

  /// Begins with no failure.
  package init(_ policy: RetryPolicy) { self.policy = policy }

  /// Counts a failed attempt and says how long to wait before the next.
  ///
  /// - Parameters:
  ///   - failure: What happened.
  ///   - byteCount: How many bytes the attempt brought all the same.
  /// - Returns: The wait.
  /// - Throws: `HubError` when there shall be no further attempt.
  package mutating func delay(
    after failure: TransferFailure,
    gaining byteCount: Int64
  ) throws(HubError) -> Duration {
    failures = byteCount >= policy.usefulByteCount ? 1 : failures + 1
    if let wait = failure.retryAfter, wait > policy.maximumRetryAfter {
      throw .rateLimited(host: failure.host, retryAfter: wait)
    }
    guard failures < policy.maximumAttempts else { throw lastWord(on: failure) }
    var delay = policy.firstDelay
    for _ in 1..<failures where delay < policy.maximumDelay { delay *= 2 }
    return max(min(delay, policy.maximumDelay), failure.retryAfter ?? .zero)
  }

  private func lastWord(on failure: TransferFailure) -> HubError {
    switch failure.status {
    case 429: .rateLimited(host: failure.host, retryAfter: failure.retryAfter)
    case let status?: .hubStatus(host: failure.host, status: status, message: failure.reason)
    case nil:
      .connectionFailed(host: failure.host, attempts: failures, reason: failure.reason)
    }
  }
}
