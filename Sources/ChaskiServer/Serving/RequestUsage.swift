// Owns: what one request cost, for the ledger, the log and the figures.

package import ChaskiGeneration
import Logging

/// What one request cost, all of its answers together.
package struct RequestUsage: Sendable, Equatable {
  /// How a request ended.
  package enum Outcome: String, Sendable {
    /// All answers came to their end.
    case finished
    /// The client went away or the server stopped.
    case cancelled
    /// An error ended it.
    case failed
  }

  /// The model's name.
  package var model: String
  /// The route's path.
  package var route: String
  /// The request's id.
  package var requestID: String
  /// How it ended.
  package var outcome = Outcome.finished
  /// Tokens of the prompts, each counted once.
  package var promptTokenCount = 0
  /// How many of them were in the cache.
  package var cachedTokenCount = 0
  /// Tokens of the answers.
  package var generatedTokenCount = 0
  /// Tokens that were computed again.
  package var wastedTokenCount = 0
  /// The part of `computeSeconds` that went into them.
  package var wastedSeconds = 0.0
  /// The request's share of the time that steps took, in seconds.
  package var computeSeconds = 0.0
  /// How long it waited for its turn, the longest of its answers.
  package var queueDuration = Duration.zero
  /// Reading the prompt, from its first step to the first token, the longest of its answers.
  package var prefillDuration = Duration.zero
  /// From the first token to the last, the longest of its answers.
  package var decodeDuration = Duration.zero
  /// The times between tokens, of all its answers.
  package var tokenGaps = TokenGaps()
  /// From the request to its first token, the shortest of its answers; nil if there was none.
  package var timeToFirstToken: Duration?
  /// From the request to its end.
  package var duration = Duration.zero

  /// Nothing yet, for the request `requestID` to `route` and `model`.
  package init(model: String, route: String, requestID: String) {
    self.model = model
    self.route = route
    self.requestID = requestID
  }

  /// Adds an answer; `isFirst` is the first answer to its prompt, which the prompt is counted with.
  package mutating func add(_ statistics: GenerationStatistics, isFirst: Bool) {
    if isFirst {
      promptTokenCount += statistics.promptTokenCount
      cachedTokenCount += statistics.cachedTokenCount
    }
    generatedTokenCount += statistics.generatedTokenCount
    wastedTokenCount += statistics.wastedTokenCount
    wastedSeconds += statistics.wastedSeconds
    computeSeconds += statistics.computeSeconds
    queueDuration = max(queueDuration, statistics.queueDuration)
    prefillDuration = max(prefillDuration, statistics.prefillDuration)
    decodeDuration = max(decodeDuration, statistics.decodeDuration)
    tokenGaps.add(statistics.tokenGaps)
    // An answer that was stopped before its first token has no such time.
    guard statistics.timeToFirstToken > .zero else { return }
    timeToFirstToken = min(
      timeToFirstToken ?? statistics.timeToFirstToken,
      statistics.timeToFirstToken
    )
  }
}

extension RequestUsage {
  /// What the log tells.
  var metadata: Logger.Metadata {
    [
      "model": .string(model), "outcome": .string(outcome.rawValue),
      "prompt": .stringConvertible(promptTokenCount),
      "cached": .stringConvertible(cachedTokenCount),
      "generated": .stringConvertible(generatedTokenCount),
      "queue_ms": .stringConvertible(Self.milliseconds(queueDuration)),
      "first_ms": .stringConvertible(Self.milliseconds(timeToFirstToken ?? .zero)),
      "total_ms": .stringConvertible(Self.milliseconds(duration)),
    ]
  }

  private static func milliseconds(_ duration: Duration) -> Int {
    Int(duration / .milliseconds(1))
  }
}
