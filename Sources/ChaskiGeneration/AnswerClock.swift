// Owns: the times of an answer.

/// Measures how long an answer's prompt and tokens take.
struct AnswerClock {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var firstTokenTime: ContinuousClock.Instant?
  private var lastTokenTime: ContinuousClock.Instant?

  /// Starts now.
  init() {
    start = clock.now
  }

  /// Notes that a token was chosen.
  mutating func noteToken(_ statistics: inout GenerationStatistics) {
    let now = clock.now
    if let firstTokenTime, let lastTokenTime {
      statistics.decodeDuration = now - firstTokenTime
      statistics.tokenGaps.note(now - lastTokenTime)
    } else {
      firstTokenTime = now
      statistics.prefillDuration = now - start
    }
    lastTokenTime = now
  }
}
