// Owns: a mean of log-likelihoods with its uncertainty, as perplexities are made of.

import Foundation

/// Log-likelihoods of tokens, added up.
struct Likelihoods: Sendable, Equatable {
  private(set) var count = 0
  private var sum = 0.0
  private var sumOfSquares = 0.0

  /// Adds one.
  mutating func add(_ logLikelihood: Double) {
    sum -= logLikelihood
    sumOfSquares += logLikelihood * logLikelihood
    count += 1
  }

  /// e to the power of the mean of the negative log-likelihoods; 0 of none.
  var perplexity: Double { count > 0 ? exp(sum / Double(count)) : 0 }

  /// The standard error of the perplexity.
  var standardError: Double {
    guard count > 1 else { return 0 }
    let mean = sum / Double(count)
    let variance = sumOfSquares / Double(count) - mean * mean
    return variance > 0 ? perplexity * sqrt(variance / Double(count - 1)) : 0
  }
}
