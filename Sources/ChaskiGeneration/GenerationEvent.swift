// Owns: what an engine reports while it generates, and when it is done.

/// What happens while a text is generated.
package enum GenerationEvent: Sendable, Equatable {
  /// The prompt's turn has come; so much of it was in the cache. Only `BatchEngine` says so.
  case begun(cachedTokenCount: Int, divergence: CacheDivergence?)
  /// Some of the prompt has been read.
  case prompt(doneCount: Int, totalCount: Int)
  /// The probabilities of the prompt's tokens, which the request asked for; the first one has none.
  case promptLogprobs([TokenLogprobs?])
  /// The prompt's vector, which the request asked for instead of an answer; not normalised.
  case embedding([Float])
  /// A token was chosen; `text` is what can be shown now, possibly nothing yet.
  case token(id: Int32, text: String, probability: Double, logprobs: TokenLogprobs?)
  /// Text that was held back (half a character, the beginning of a stop text) and now is certain.
  case text(String)
  /// The answer ended; only streams of events say so.
  case finished(GenerationResult)
}

/// Why an answer ended.
package enum FinishReason: String, Sendable, Codable {
  /// The model ended its text, or a stop text came.
  case stop
  /// The number of tokens asked for was reached.
  case length
  /// The context window is full.
  case context
  /// The caller cancelled.
  case cancelled
}

/// A finished answer.
package struct GenerationResult: Sendable, Equatable {
  /// The generated tokens, with the one that ended the text if there was one.
  package let tokens: [Int32]
  /// The answer.
  package let text: String
  /// Why it ended.
  package let finishReason: FinishReason
  /// The seed that repeats it.
  package let seed: UInt64
  /// What it cost.
  package let statistics: GenerationStatistics

  /// A finished answer.
  package init(
    tokens: [Int32],
    text: String,
    finishReason: FinishReason,
    seed: UInt64,
    statistics: GenerationStatistics
  ) {
    self.tokens = tokens
    self.text = text
    self.finishReason = finishReason
    self.seed = seed
    self.statistics = statistics
  }
}

/// What an answer cost.
package struct GenerationStatistics: Sendable, Equatable {
  /// Tokens of the prompt.
  package var promptTokenCount = 0
  /// How many of them were still in the cache.
  package var cachedTokenCount = 0
  /// Where the prompt and the cache part; nil if all of it was there, or nothing was to be taken.
  package var cacheDivergence: CacheDivergence?
  /// Reading the rest of the prompt, up to the first chosen token.
  package var prefillDuration = Duration.zero
  /// Tokens of the answer.
  package var generatedTokenCount = 0
  /// From the first token to the last.
  package var decodeDuration = Duration.zero
  /// Tokens that were guessed ahead.
  package var draftedTokenCount = 0
  /// How many of them stood.
  package var acceptedTokenCount = 0
  /// Waiting among others until the prompt was begun.
  package var queueDuration = Duration.zero
  /// From the request to the first chosen token, waiting included.
  package var timeToFirstToken = Duration.zero
  /// The answer's part of the steps' time, by its share of their rows.
  package var computeSeconds = 0.0
  /// Tokens that were computed again, because others needed their place in the cache meanwhile.
  package var wastedTokenCount = 0
  /// The part of `computeSeconds` that went into them.
  package var wastedSeconds = 0.0
  /// The times between the answer's tokens, as they were chosen.
  package var tokenGaps = TokenGaps()

  /// Nothing yet.
  package init() {}

  /// Prompt tokens read a second.
  package var prefillRate: Double {
    Self.rate(promptTokenCount - cachedTokenCount, prefillDuration)
  }

  /// Tokens generated a second, after the first.
  package var decodeRate: Double { Self.rate(generatedTokenCount - 1, decodeDuration) }

  /// The share of guesses that stood; nil if nothing was guessed.
  package var acceptanceRate: Double? {
    draftedTokenCount > 0 ? Double(acceptedTokenCount) / Double(draftedTokenCount) : nil
  }

  private static func rate(_ count: Int, _ duration: Duration) -> Double {
    let seconds = duration / .seconds(1)
    return seconds > 0 ? Double(max(count, 0)) / seconds : 0
  }
}
