// Owns: one answer in the making: the most probable token, again and again, until a stop.
// Does not own: sampling and streams of events (InferenceEngine); here many answers share each step.

import ChaskiGeneration
import ChaskiLayers
import ChaskiModels
import ChaskiTokenizers

/// Writes the most probable continuation of a prompt.
///
/// Rotary angles are those of generation: the prompt's length decides over its own, each new token's place
/// over the token's; where all must be of one regime, the text is read again when it grows into another.
///
/// Used by one task.
final class GreedyWriter {
  private let model: LanguageModel
  private let endTokens: Set<Int32>
  private let tokenLimit: Int
  private var decoder: StreamingDecoder
  private var stops: StopMatcher
  private var tokens: [Int32] = []
  /// How many tokens were read at once, or are read at once again.
  private var textLength = 0
  private var text = ""
  private var tokenCount = 0
  private let whenWritten: (String) throws -> Void

  /// A writer that ends at a token that ends texts, before one of `stopTexts`, or after `tokenLimit` tokens.
  init(
    _ tokenizer: Tokenizer,
    model: LanguageModel,
    stopTexts: [String],
    tokenLimit: Int,
    whenWritten: @escaping (String) throws -> Void
  ) {
    self.model = model
    self.tokenLimit = tokenLimit
    self.whenWritten = whenWritten
    endTokens = tokenizer.endOfGenerationIDs
    decoder = tokenizer.streamingDecoder(skipSpecialTokens: true, continuesText: false)
    stops = StopMatcher(stopTexts)
  }

  /// What to read first, beginning from what `root` has of `prompt`, which is not empty.
  func lines(_ prompt: [Int32], from root: SharedBeginning) -> [Line] {
    (tokens, textLength) = (prompt, prompt.count)
    let regime = model.regime(textLength: prompt.count)
    return [line(root.fork(for: prompt.dropLast(), regime: regime))]
  }

  /// What is still to be read of the text, of which `sequence` holds a beginning.
  private func line(_ sequence: KVSequence) -> Line {
    Line(
      sequence: sequence,
      tokens: Array(tokens[sequence.length...]),
      textLength: textLength,
      questions: [[]]
    ) { readings in
      guard let token = readings.first?.best, self.goesOn(after: token) else {
        try self.whenWritten(self.text)
        return []
      }
      self.tokens.append(token)
      return [self.line(self.timeline(after: sequence))]
    }
  }

  /// Where the text goes on that `sequence` holds but for its newest token.
  private func timeline(after sequence: KVSequence) -> KVSequence {
    guard model.architecture.rotary?.needsOneRegime == true,
      model.regime(textLength: tokens.count) != model.regime(textLength: textLength)
    else { return sequence }
    textLength = tokens.count
    return KVSequence(in: sequence.pool)
  }

  private func goesOn(after token: Int32) -> Bool {
    tokenCount += 1
    if endTokens.contains(token) {
      finish()
      return false
    }
    text += stops.append(decoder.append(token))
    if stops.isStopped { return false }
    if tokenCount >= tokenLimit {
      finish()
      return false
    }
    return true
  }

  private func finish() {
    text += stops.append(decoder.finish()) + stops.finish()
  }
}
