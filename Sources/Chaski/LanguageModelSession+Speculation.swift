// Owns: the public choice of how tokens are guessed ahead.

import ChaskiGeneration

extension LanguageModelSession {
  /// How a session guesses tokens ahead, to check several in one step of the model.
  ///
  /// The answers are the same, token for token; only the time they take differs.
  public enum Speculation: Sendable {
    /// One token at a time.
    case off
    /// From the conversation so far: faster where answers repeat it, as edited code and quotations do.
    case conversation
    /// By a smaller model with the same vocabulary.
    case draft(Model)

    var engineSpeculation: ChaskiGeneration.Speculation {
      switch self {
      case .off: .off
      case .conversation: .text
      case .draft(let model): .draft(by: model.loaded)
      }
    }
  }
}
