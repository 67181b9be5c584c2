// Owns: log-probabilities of the model's own distribution, for those who ask what it thought.

/// A token and the natural logarithm of its probability.
package struct TokenLogProbability: Sendable, Equatable {
  /// The token's id.
  package let token: Int32
  /// The natural logarithm of its probability; minus infinity where it is forbidden.
  package let logProbability: Double

  /// The token `token`, whose probability has the logarithm `logProbability`.
  package init(token: Int32, logProbability: Double) {
    self.token = token
    self.logProbability = logProbability
  }
}

/// What the model itself gives to one token, and to the tokens it likes best.
///
/// These come from the raw logits: no bias, penalty, temperature or truncation.
package struct LogProbabilities: Sendable, Equatable {
  /// The token that was asked for.
  package let chosen: TokenLogProbability
  /// The most probable tokens, best first, between equal ones the lower id.
  package let top: [TokenLogProbability]

  /// The log-probability of `token` and of the `count` best tokens of `logits`, [V].
  ///
  /// Costs one exponential for each token of the vocabulary. Throws `unusableLogit`,
  /// `everyTokenForbidden` or `tokenOutsideVocabulary`; a negative `count` counts as 0.
  package init(of token: Int32, top count: Int, in logits: Span<Float>) throws(SamplingError) {
    let largest = Double(try VocabularyScan.best(of: logits).logit)
    var total = 0.0
    for index in 0..<logits.count { total += Elementary.exp(Double(logits[index]) - largest) }
    let normalizer = largest + Elementary.log(total)
    try self.init(of: token, top: count, in: logits, normalizer: normalizer)
  }

  /// The same where `normalizer`, the natural logarithm of the sum of all exponentials, is known.
  package init(
    of token: Int32,
    top count: Int,
    in logits: Span<Float>,
    normalizer: Double
  ) throws(SamplingError) {
    guard token >= 0, token < logits.count else {
      throw .tokenOutsideVocabulary(
        option: "logprobs",
        token: Int(token),
        vocabularyCount: logits.count
      )
    }
    chosen = TokenLogProbability(
      token: token,
      logProbability: Double(logits[Int(token)]) - normalizer
    )
    var list = RankedList<Candidate>()
    if count > 0 {
      try VocabularyScan.gather(best: count, of: logits, into: &list)
      list.sort(first: count)
      list.keep(first: count)
    }
    top = list.items.map { candidate in
      TokenLogProbability(
        token: candidate.token,
        logProbability: Double(candidate.logit) - normalizer
      )
    }
  }
}
