// Owns: what an engine asks of whoever guesses tokens. Does not own: checking guesses (InferenceEngine).

import ChaskiSampling
import ChaskiTokenizers

/// Guesses the tokens that come next.
protocol Drafter {
  /// Begins an answer to `prompt`.
  mutating func begin(_ prompt: [Int32])

  /// Takes tokens that were chosen: those of the last draft that stood, and one more.
  mutating func take(_ chosen: [Int32])

  /// At most `limit` tokens that may come next, none where a guess would not pay.
  ///
  /// `sampler` is a copy of the one that will choose, in the state before the next token: with its random
  /// numbers a draft model comes to the same choices wherever it sees the same probabilities.
  mutating func propose(atMost limit: Int, sampler: Sampler) throws -> [Int32]
}

extension Speculation {
  /// The drafter for `model`'s answers; nil if nothing is guessed.
  ///
  /// - Throws: `GenerationError` for options that make no sense and a draft model that speaks of other
  ///   tokens, `TensorError`.
  func drafter(for model: LanguageModel, _ options: EngineOptions) throws -> (any Drafter)? {
    try validate()
    guard maximumDraftLength > 0 else { return nil }
    switch source {
    case .off: return nil
    case .text: return TextDrafter(maximumLength: maximumDraftLength, matchLengths: matchLengths)
    case .model(let draft):
      try draft.checkVocabulary(against: model)
      return try ModelDrafter(
        draft,
        vocabularyCount: model.vocabularyCount,
        maximumLength: maximumDraftLength,
        options
      )
    }
  }
}

extension LanguageModel {
  /// Checks that a token id means the same to both models.
  ///
  /// Rows of logits past the last token are padding and may differ in number. Without a tokenizer on
  /// both sides, the numbers of logits must agree.
  ///
  /// - Throws: `GenerationError.draftVocabularyMismatch`.
  fileprivate func checkVocabulary(against model: LanguageModel) throws {
    guard let own = tokenizer, let other = model.tokenizer else {
      guard vocabularyCount == model.vocabularyCount else {
        throw GenerationError.draftVocabularyMismatch(
          draft: path,
          draftCount: vocabularyCount,
          model: model.path,
          modelCount: model.vocabularyCount,
          firstDifferentToken: nil
        )
      }
      return
    }
    let different = own.firstDifference(from: other)
    guard own.vocabularyCount == other.vocabularyCount, different == nil else {
      throw GenerationError.draftVocabularyMismatch(
        draft: path,
        draftCount: own.vocabularyCount,
        model: model.path,
        modelCount: other.vocabularyCount,
        firstDifferentToken: different
      )
    }
  }
}

/// How many tokens at the start of `draft` are those that were chosen.
func acceptedCount(of draft: [Int32], in chosen: [Int32]) -> Int {
  zip(draft, chosen).prefix { $0 == $1 }.count
}
