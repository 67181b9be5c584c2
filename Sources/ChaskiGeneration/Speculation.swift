// Owns: what a caller may say about guessing tokens ahead. Does not own: the guessing (the drafters).

/// Whether and how an engine guesses tokens ahead, to check several in one step of the model.
///
/// The answer is the same, token for token, as without: a guess stands only where it equals the token
/// that the sampler chooses (docs/decisions/0006).
package struct Speculation: Sendable {
  /// Where guesses come from.
  package enum Source: Sendable {
    /// Nothing is guessed.
    case off
    /// The prompt and the answer so far: what followed the last few tokens when they came before.
    case text
    /// A smaller model of the same vocabulary.
    case model(LanguageModel)
  }

  /// Where guesses come from.
  package let source: Source
  /// The most tokens guessed for one step.
  package var maximumDraftLength: Int
  /// How many of the last tokens must have come before, for a guess from the text.
  package var matchLengths = 1...4

  /// One token at a time.
  package static let off = Speculation(source: .off, maximumDraftLength: 0)
  /// Guesses from the prompt and the answer so far.
  package static let text = Speculation(source: .text, maximumDraftLength: 8)

  /// Guesses of `model`.
  package static func draft(by model: LanguageModel) -> Speculation {
    Speculation(source: .model(model), maximumDraftLength: 8)
  }

  /// The most tokens that an option may ask for at once.
  package static let draftLengthLimit = 64

  /// - Throws: `GenerationError.invalidOption`.
  func validate() throws {
    guard (0...Self.draftLengthLimit).contains(maximumDraftLength) else {
      throw GenerationError.invalidOption(
        name: "draft tokens",
        value: "\(maximumDraftLength)",
        allowed: "from 0 to \(Self.draftLengthLimit)"
      )
    }
    guard matchLengths.lowerBound >= 1, matchLengths.upperBound <= 16 else {
      throw GenerationError.invalidOption(
        name: "match lengths",
        value: "\(matchLengths)",
        allowed: "within 1...16"
      )
    }
  }
}
