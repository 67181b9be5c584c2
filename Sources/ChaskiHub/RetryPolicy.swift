// Owns: whether and when a failed transfer is tried again.
// Does not own: sleeping, and what a failure is (TransferFailure's makers).

/// A failure that another attempt may cure.
struct TransferFailure: Error, Equatable {
  /// Who failed.
  let host: String
  /// What happened, in a few words.
  let reason: String
  /// The status that the host answered with, where it answered.
  var status: Int?
  /// How long the host asked to wait.
  var retryAfter: Duration?
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
struct RetryState {
  private let policy: RetryPolicy
  /// How many attempts in a row have failed.
  private(set) var failures = 0

  /// Begins with no failure.
  init(_ policy: RetryPolicy) { self.policy = policy }

  /// Counts a failed attempt and says how long to wait before the next.
  ///
  /// - Parameters:
  ///   - failure: What happened.
  ///   - byteCount: How many bytes the attempt brought all the same.
  /// - Throws: `HubError` when there shall be no further attempt.
  mutating func delay(
    after failure: TransferFailure,
    gaining byteCount: Int64
  ) throws(HubError) -> Duration {
    failures = byteCount >= policy.usefulByteCount ? 1 : failures + 1
    if let wait = failure.retryAfter, wait > policy.maximumRetryAfter {
      throw .rateLimited(host: failure.host, retryAfter: wait)
    }
    guard failures < policy.maximumAttempts else {
      switch failure.status {
      case 429: throw .rateLimited(host: failure.host, retryAfter: failure.retryAfter)
      case let status?:
        throw .hubStatus(host: failure.host, status: status, message: failure.reason)
      case nil:
        throw .connectionFailed(
          host: failure.host,
          attempts: failures,
          reason: failure.reason
        )
      }
    }
    var delay = policy.firstDelay
    for _ in 1..<failures where delay < policy.maximumDelay { delay *= 2 }
    return max(min(delay, policy.maximumDelay), failure.retryAfter ?? .zero)
  }
}
