// Owns: how many tokens of prompts a step may read so that it ends in time. Pure: seconds are passed in.

/// Learns from the last steps how long a token of a prompt takes, which grows with the model and with the text before it.
///
/// A step of as many tokens as ever would make everyone who gets tokens wait several times as long at the end of a long
/// prompt as at its beginning. What is read in a step changes no text, so the clock may decide it.
package struct StepPace: Sendable {
  /// A step reads that many at least: a prompt always goes on.
  package static let leastTokens = 8
  /// How much the last step counts beside those before it.
  private static let newShare = 0.5

  /// The seconds that reading may add to a step in which others get tokens.
  private let bound: Double
  private let limit: Int
  private var tokenSeconds: Double?
  private var plainSeconds: Double?

  /// A pace at which reading adds about `bound` to a step, and never reads more than `limit` tokens.
  package init(bound: Duration, limit: Int) {
    self.bound = bound / .seconds(1)
    self.limit = limit
  }

  /// How many tokens of prompts the next step may read while others get tokens.
  package var promptTokens: Int {
    guard let tokenSeconds, tokenSeconds > 0 else { return limit }
    let count = min(bound / tokenSeconds, Double(limit))
    return min(max(Int(count), Self.leastTokens), limit)
  }

  /// Notes that a step of `rows` tokens for answers and `promptTokens` of prompts took `seconds`.
  package mutating func note(rows: Int, promptTokens: Int, seconds: Double) {
    guard promptTokens > 0 else {
      plainSeconds = Self.mean(plainSeconds, seconds)
      return
    }
    let plain = rows > 0 ? plainSeconds ?? 0 : 0
    tokenSeconds = Self.mean(tokenSeconds, max(seconds - plain, 0) / Double(promptTokens))
  }

  private static func mean(_ old: Double?, _ new: Double) -> Double {
    old.map { $0 + newShare * (new - $0) } ?? new
  }
}
