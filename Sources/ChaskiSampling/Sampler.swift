// Owns: the way from logits to one token, and the state that goes from token to token.
// Not here: what each stage does (Sampler+Stages, Truncation, TokenHistory, Mirostat).

/// Chooses tokens from logits, one after another.
///
/// A value: copying it copies the whole state, so a caller can go back to an earlier token. The
/// same options, seed, accepted tokens and logits give the same tokens on every platform. Random
/// numbers are used only where a draw has a choice to make by its options, one for each token and
/// one more for each XTC decision.
package struct Sampler: Sendable {
  /// The options, checked.
  package let options: SamplingOptions
  /// The seed in use: the one in the options, or the one taken in its place.
  package let seed: UInt64

  var random: RandomSource
  var history: TokenHistory
  var mirostat: Mirostat
  var truncation = Truncation()
  var edits: [LogitEdit] = []

  /// A sampler at the start of a text.
  ///
  /// Throws `SamplingError` where an option is out of range.
  package init(_ options: SamplingOptions) throws(SamplingError) {
    self.options = try options.validated()
    var system = SystemRandomNumberGenerator()
    seed = options.seed ?? system.next()
    random = RandomSource(seed: seed)
    history = TokenHistory(options)
    mirostat = Mirostat(tau: options.mirostatTau, eta: options.mirostatEta)
  }

  /// Goes back to the start: forgets all tokens and draws the same numbers again.
  package mutating func reset() {
    random = RandomSource(seed: seed)
    history.removeAll()
    mirostat = Mirostat(tau: options.mirostatTau, eta: options.mirostatEta)
  }

  /// Tells the penalties about a token of the prompt, or the one that was chosen.
  package mutating func accept(_ token: Int32) { history.accept(token) }

  /// Tells the penalties about several tokens in their order.
  package mutating func accept(contentsOf tokens: some Sequence<Int32>) {
    for token in tokens { history.accept(token) }
  }

  /// Chooses a token; it is not accepted yet.
  ///
  /// `logits` has one element for each token of the vocabulary, [V]; minus infinity forbids a
  /// token. They are changed during the call and are as before when it returns or throws. Throws
  /// `unusableLogit`, `everyTokenForbidden` or `tokenOutsideVocabulary`.
  package mutating func sample(
    logits: inout MutableSpan<Float>
  ) throws(SamplingError) -> TokenChoice {
    defer { undoEdits(&logits) }
    try prepare(&logits)
    if options.isGreedy {
      return TokenChoice(token: try VocabularyScan.best(of: logits.span).token, probability: 1)
    }
    let modelSoftmax = try narrow(&logits)
    return draw(modelSoftmax)
  }

  /// Chooses a token from logits in an array; see the other form.
  package mutating func sample(logits: inout [Float]) throws(SamplingError) -> TokenChoice {
    var span = logits.mutableSpan
    return try sample(logits: &span)
  }

  /// The distribution that `sample` would draw from, most probable token first.
  ///
  /// Uses up XTC's random number as `sample` does, but draws no token. Same errors as `sample`.
  package mutating func distribution(
    logits: inout [Float]
  ) throws(SamplingError) -> [TokenChoice] {
    var span = logits.mutableSpan
    defer { undoEdits(&span) }
    try prepare(&span)
    if options.isGreedy {
      return [TokenChoice(token: try VocabularyScan.best(of: span.span).token, probability: 1)]
    }
    _ = try narrow(&span)
    truncation.sortAll()
    let softmax = Softmax(truncation.list.items)
    return truncation.list.items.map { candidate in
      let probability = softmax.weight(candidate) / softmax.total
      return TokenChoice(token: candidate.token, probability: probability)
    }
  }

  /// Draws one of the candidates left, and tells Mirostat how surprising it was.
  private mutating func draw(_ modelSoftmax: Softmax?) -> TokenChoice {
    let candidates = truncation.list.items
    let softmax = Softmax(candidates)
    let goal = random.nextUnit() * softmax.total
    var reached = 0.0
    var chosen = candidates[0]
    for candidate in candidates {
      let weight = softmax.weight(candidate)
      // A weight of zero is never chosen, not even where rounding leaves the goal unreached.
      if weight > 0 { chosen = candidate }
      reached += weight
      if goal < reached { break }
    }
    if let modelSoftmax {
      mirostat.observe(surprise: modelSoftmax.surprise(chosen) / Softmax.natsPerBit)
    }
    return TokenChoice(token: chosen.token, probability: softmax.weight(chosen) / softmax.total)
  }
}
