// Owns: measuring what guessing ahead gains. Does not own: which texts it is measured on.

package import ChaskiGeneration

/// What guessing ahead gained on one text.
package struct SpeculationFigure: Sendable, Equatable, Codable {
  /// The text's name.
  package let text: String
  /// Tokens of the answer.
  package let length: Int
  /// Tokens a second of each repetition, one token at a time.
  package let plainRates: [Double]
  /// Tokens a second of each repetition, with guesses.
  package let rates: [Double]
  /// Tokens that were guessed in one repetition.
  package let draftedTokenCount: Int
  /// How many of them stood.
  package let acceptedTokenCount: Int

  /// The middle of the plain rates.
  package var medianPlainRate: Double { median(plainRates) }
  /// The middle of the rates with guesses.
  package var medianRate: Double { median(rates) }
  /// The share of guesses that stood; 0 without guesses.
  package var acceptance: Double {
    Double(acceptedTokenCount) / Double(max(draftedTokenCount, 1))
  }
}

/// Compares answers with guesses to answers without, in turns.
package enum SpeculationBenchmark {
  /// Measures answers to `request`, which must be greedy or have a seed.
  ///
  /// - Throws: what the engines throw, `EvaluationError.answersDiffer` if the two answers are not the same.
  package static func measure(
    _ text: String,
    _ request: GenerationRequest,
    repetitions: Int,
    plain: InferenceEngine,
    guessing: InferenceEngine
  ) async throws -> SpeculationFigure {
    var (plainRates, rates): ([Double], [Double]) = ([], [])
    var last: GenerationResult
    repeat {
      try Task.checkCancellation()
      let expected = try await plain.generate(request)
      last = try await guessing.generate(request)
      guard last.tokens == expected.tokens else { throw EvaluationError.answersDiffer(text: text) }
      plainRates.append(expected.statistics.decodeRate)
      rates.append(last.statistics.decodeRate)
    } while rates.count <= repetitions
    return SpeculationFigure(
      text: text,
      length: last.tokens.count,
      // The first repetition warms up.
      plainRates: Array(plainRates.dropFirst()),
      rates: Array(rates.dropFirst()),
      draftedTokenCount: last.statistics.draftedTokenCount,
      acceptedTokenCount: last.statistics.acceptedTokenCount
    )
  }
}
