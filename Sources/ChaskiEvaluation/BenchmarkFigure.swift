// Owns: one measured line of a benchmark.

/// One line of a benchmark.
package struct BenchmarkFigure: Sendable, Equatable, Codable {
  /// What was measured.
  package enum Kind: String, Sendable, Codable {
    /// Reading a prompt.
    case prefill
    /// Generating token by token.
    case decode
  }

  /// What was measured.
  package let kind: Kind
  /// Tokens of one repetition (of each sequence).
  package let length: Int
  /// Tokens in the cache (of each sequence) before the repetition.
  package let depth: Int
  /// Sequences at once.
  package let batchSize: Int
  /// How keys and values are stored.
  package let cacheType: String
  /// Tokens a second (of all sequences together) of each repetition, in order.
  package let rates: [Double]
  /// The middle of the rates; the figures below are for it.
  package let medianRate: Double
  /// Bytes of weights a second: each step reads all of them.
  package let weightBytesPerSecond: Double
  /// Bytes of keys and values a second that decode reads besides; 0 for prefill.
  package let cacheBytesPerSecond: Double
  /// Multiply and add operations with weights a second, those of attention not counted.
  package let operationsPerSecond: Double
  /// What the machine could do, measured before and after; the better of the two.
  package let limits: MachineLimits
  /// Bytes of weights and cache a second, as a share of the read bandwidth.
  package let bandwidthShare: Double
  /// The time that the operations with weights take at the peak of their units, as a share of the time taken.
  package let peakShare: Double

  /// The lowest and highest rate.
  package var range: ClosedRange<Double> { (rates.min() ?? 0)...(rates.max() ?? 0) }
}

/// The middle value, or the mean of the two in the middle; 0 of none.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return 0 }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
