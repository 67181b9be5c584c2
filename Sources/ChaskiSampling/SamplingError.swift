// Owns: every way sampling can refuse its options or its logits.

/// Why sampling could not be set up, or could not choose a token.
package enum SamplingError: Error, Equatable, Sendable {
  /// An option's value lies outside what it allows.
  case optionOutOfRange(option: String, value: String, allowed: String)
  /// A name in the list of stages is not one of ours.
  case unknownStage(name: String, known: [String])
  /// A stage is named twice in the list of stages.
  case duplicateStage(name: String)
  /// A logit is not a number, or is plus infinity, so no distribution exists.
  case unusableLogit(token: Int, value: Float)
  /// Every logit is minus infinity: no token may be chosen.
  case everyTokenForbidden(vocabularyCount: Int)
  /// An option names a token that the vocabulary does not have.
  case tokenOutsideVocabulary(option: String, token: Int, vocabularyCount: Int)
}

extension SamplingError: CustomStringConvertible {
  /// One sentence that says what to change.
  package var description: String {
    switch self {
    case .optionOutOfRange(let option, let value, let allowed):
      "The sampling option \(option) is \(value); it must be \(allowed)."
    case .unknownStage(let name, let known):
      "There is no sampling stage named \"\(name)\"; the stages are \(known.joined(separator: ", "))."
    case .duplicateStage(let name):
      "The sampling stage \"\(name)\" is named twice; name each stage once at most."
    case .unusableLogit(let token, let value):
      "The logit of token \(token) is \(value), so no token can be chosen; the model's output is broken."
    case .everyTokenForbidden(let count):
      "All \(count) tokens are forbidden, so none can be chosen; relax the biases or constraints."
    case .tokenOutsideVocabulary(let option, let token, let count):
      "The sampling option \(option) names token \(token), but the vocabulary has ids 0 to \(count - 1)."
    }
  }
}
