// Owns: what is computed from the answers to all items.

/// A figure of a task.
package struct Metric: Sendable, Equatable {
  /// How items' values become one.
  package enum Aggregation: Sendable {
    /// Their mean.
    case mean
    /// e to the power of minus their mean: they are log-likelihoods.
    case perplexity
  }

  /// The harness's name for it.
  package let name: String
  /// How items' values become one.
  package let aggregation: Aggregation

  /// The share of items whose most likely choice is the right one, or whose text is what greedy
  /// generation writes.
  package static let accuracy = Metric(name: "acc", aggregation: .mean)
  /// As accuracy, with each log-likelihood divided by the number of characters (code points) of its choice.
  package static let normalizedAccuracy = Metric(name: "acc_norm", aggregation: .mean)
  /// As accuracy, with each log-likelihood divided by the number of bytes of its choice.
  package static let byteAccuracy = Metric(name: "acc_bytes", aggregation: .mean)
  /// The perplexity of the texts, each counted as one.
  package static let perplexity = Metric(name: "perplexity", aggregation: .perplexity)
  /// The share of items that end in the right number after "####".
  package static let strictMatch = Metric(name: "exact_match,strict-match", aggregation: .mean)
  /// The share of items whose last number is right.
  package static let flexibleMatch = Metric(
    name: "exact_match,flexible-extract",
    aggregation: .mean
  )
}
