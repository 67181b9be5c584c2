// Owns: what one item gave.

/// The answer to one item and its values.
package struct ItemResult: Sendable, Equatable, Codable {
  /// The item's place in the data, from 0.
  package let item: Int
  /// The item's content, as 16 hexadecimal digits.
  package let hash: String
  /// The item's value of each metric.
  package let values: [String: Double]
  /// The log-likelihood of each continuation.
  package let logLikelihoods: [Double]?
  /// What the model wrote.
  package let text: String?
  /// Whether the context's beginning was dropped because it did not fit.
  package let isShortened: Bool

  /// The result of continuations with these scores.
  init(_ item: EvaluationItem, index: Int, scores: [ContinuationScore], isShortened: Bool) {
    var values: [String: Double] = [:]
    let likelihoods = scores.map(\.logLikelihood)
    switch item.answer {
    case .choices(let choices, let correct):
      for (metric, lengths) in [
        (Metric.accuracy, choices.map { _ in 1 }),
        (.normalizedAccuracy, choices.map(\.unicodeScalars.count)),
        (.byteAccuracy, choices.map(\.utf8.count)),
      ] {
        // An empty choice divides by zero: minus infinity, the last to be chosen.
        let normalized = zip(likelihoods, lengths).map { $0 / Double($1) }
        values[metric.name] = Self.firstMaximum(normalized) == correct ? 1 : 0
      }
    case .continuation:
      values[Metric.accuracy.name] = scores.allSatisfy(\.isGreedy) ? 1 : 0
      values[Metric.perplexity.name] = likelihoods.first ?? 0
    case .solution: break
    }
    self.init(item, index, values, likelihoods, nil, isShortened)
  }

  /// The result of an answer that the model wrote.
  init(_ item: EvaluationItem, index: Int, text: String, isShortened: Bool) {
    var values: [String: Double] = [:]
    if case .solution(let solution) = item.answer {
      values = GSM8K.grade(text, solution: solution)
    }
    self.init(item, index, values, nil, text, isShortened)
  }

  private init(
    _ item: EvaluationItem,
    _ index: Int,
    _ values: [String: Double],
    _ logLikelihoods: [Double]?,
    _ text: String?,
    _ isShortened: Bool
  ) {
    self.item = index
    self.values = values
    self.logLikelihoods = logLikelihoods
    self.text = text
    self.isShortened = isShortened
    hash = Self.hash(of: item)
  }

  /// The content of `item` as 16 hexadecimal digits.
  static func hash(of item: EvaluationItem) -> String {
    let digits = String(item.contentHash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func firstMaximum(_ values: [Double]) -> Int? {
    values.max().flatMap { values.firstIndex(of: $0) }
  }
}
