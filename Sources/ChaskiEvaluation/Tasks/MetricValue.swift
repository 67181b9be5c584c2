// Owns: figures of a task with their standard errors.

import Foundation

/// A metric's value over some items.
package struct MetricValue: Sendable, Equatable, Codable {
  /// The metric's name.
  package let name: String
  /// Its value.
  package let value: Double
  /// How far the value would scatter over other samples of items; nil for fewer than two items.
  package let standardError: Double?

  /// The value of `metric` over items whose own values are `values`; nil if there are none.
  ///
  /// A mean's standard error is the sample's standard deviation over the root of the count. A perplexity's
  /// is what the harness's bootstrap tends to: the standard deviation of a perplexity whose mean
  /// log-likelihood is normally distributed with the sample's variance over the count.
  package init?(_ metric: Metric, of values: [Double]) {
    guard !values.isEmpty else { return nil }
    name = metric.name
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    switch metric.aggregation {
    case .mean:
      value = mean
      standardError = count > 1 ? (squares / (count - 1) / count).squareRoot() : nil
    case .perplexity:
      value = exp(-mean)
      let variance = squares / count / count
      standardError = count > 1 ? exp(-mean + variance / 2) * expm1(variance).squareRoot() : nil
    }
  }
}
