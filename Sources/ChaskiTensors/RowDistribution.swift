// Owns: what is to be known of a row of logits to read probabilities off it.

/// The distribution over tokens that a row of logits stands for.
package struct RowDistribution: Sendable, Equatable {
  /// The largest logit.
  package let maximum: Float
  /// The column of the largest logit, the first of equals.
  package let best: Int
  /// The natural logarithm of the sum of all exponentials: a logit minus this is a log-probability.
  package let normalizer: Double

  /// A distribution whose parts are known already.
  package init(maximum: Float, best: Int, normalizer: Double) {
    self.maximum = maximum
    self.best = best
    self.normalizer = normalizer
  }

  /// Whether all of it are numbers; a damaged model may give others.
  package var isFinite: Bool { maximum.isFinite && normalizer.isFinite }

  /// The natural logarithm of the probability of a column whose logit is `logit`.
  package func logProbability(_ logit: Float) -> Double { Double(logit) - normalizer }
}
