// Owns: the errors of measuring a model.

/// Why a measurement cannot be made.
package enum EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text is shorter than two windows.
  case textTooShort(tokenCount: Int, neededCount: Int)
  /// An option has a value that cannot be used.
  case invalidOption(name: String, value: String, allowed: String)
  /// The answer with guesses is not the one without.
  case answersDiffer(text: String)

  package var description: String {
    switch self {
    case .textTooShort(let count, let needed):
      "The text has \(count) tokens, but two windows need \(needed): "
        + "give a longer text or a smaller --context."
    case .invalidOption(let name, let value, let allowed):
      "\(name) is \(value), but must be \(allowed)."
    case .answersDiffer(let text):
      "Guessing ahead changed the answer to the text \"\(text)\", which it never may: please report this."
    }
  }
}
