// Owns: how long the tokens of answers are apart, counted in buckets. Does not own: the clock (AnswerClock).

/// Times between neighbouring tokens, counted in buckets that never change, so that answers can be added up.
package struct TokenGaps: Sendable, Equatable {
  /// The buckets' upper bounds in seconds; one more bucket is for what is longer than all of them.
  package static let bounds: [Double] = [
    0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5,
    1, 2.5, 5, 10, 30,
  ]

  /// How many times each bucket has; empty where there are none at all.
  package private(set) var counts: [UInt64] = []
  /// All times together, in seconds.
  package private(set) var totalSeconds = 0.0

  /// No times yet.
  package init() {}

  /// How many times there are.
  package var count: UInt64 { counts.reduce(0, +) }

  /// Notes one time; nothing is allocated but for the first.
  package mutating func note(_ gap: Duration) {
    let seconds = max(gap / .seconds(1), 0)
    prepare()
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    totalSeconds += seconds
  }

  /// Adds the times of another answer.
  package mutating func add(_ other: TokenGaps) {
    guard !other.counts.isEmpty else { return }
    prepare()
    for (bucket, count) in other.counts.enumerated() { counts[bucket] += count }
    totalSeconds += other.totalSeconds
  }

  private mutating func prepare() {
    if counts.isEmpty { counts = Array(repeating: 0, count: Self.bounds.count + 1) }
  }
}
