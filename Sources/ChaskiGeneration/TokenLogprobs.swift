// Owns: what the model thought of a token, as events report it.

import ChaskiSampling
import ChaskiTensors

/// A token's probability, and the likeliest tokens in its place; natural logarithms.
package struct TokenLogprobs: Sendable, Equatable {
  /// One of the likeliest tokens.
  package struct Entry: Sendable, Equatable {
    /// The token.
    package let id: Int32
    /// The natural logarithm of its probability.
    package let logprob: Float

    /// Token `id`, whose probability has the logarithm `logprob`.
    package init(id: Int32, logprob: Float) {
      self.id = id
      self.logprob = logprob
    }
  }

  /// The token.
  package let token: Int32
  /// The natural logarithm of its probability.
  package let logprob: Float
  /// The likeliest tokens, the likeliest first.
  package let top: [Entry]

  /// What is known of `token`.
  package init(token: Int32, logprob: Float, top: [Entry]) {
    self.token = token
    self.logprob = logprob
    self.top = top
  }

  /// Reads `token` and the `count` likeliest off a row of `logits` and its distribution.
  init(
    _ token: Int32,
    top count: Int,
    in logits: Span<Float>,
    _ distribution: RowDistribution
  ) throws(SamplingError) {
    guard distribution.isFinite else {
      throw .unusableLogit(token: distribution.best, value: distribution.maximum)
    }
    let found = try LogProbabilities(
      of: token,
      top: count,
      in: logits,
      normalizer: distribution.normalizer
    )
    self.init(
      token: token,
      logprob: Float(found.chosen.logProbability),
      top: found.top.map { Entry(id: $0.token, logprob: Float($0.logProbability)) }
    )
  }
}
