// Owns: one answer in the making: the most probable token, again and again, until a stop.
// Does not own: sampling and streams of events (InferenceEngine); here many answers share each step.

import ChaskiGeneration
import ChaskiLayers
import ChaskiTokenizers

/// Writes the most probable continuation of a prompt.
///
/// Used by one task.
final class GreedyWriter {
  private let endTokens: Set<Int32>
  private let tokenLimit: Int
  private var decoder: StreamingDecoder
  private var stops: StopMatcher
  private var text = ""
  private var tokenCount = 0
  private let whenWritten: (String) throws -> Void

  /// A writer that ends at a token that ends texts, before one of `stopTexts`, or after `tokenLimit` tokens.
  init(
    _ tokenizer: Tokenizer,
    stopTexts: [String],
    tokenLimit: Int,
    whenWritten: @escaping (String) throws -> Void
  ) {
    self.tokenLimit = tokenLimit
    self.whenWritten = whenWritten
    endTokens = tokenizer.endOfGenerationIDs
    decoder = tokenizer.streamingDecoder(skipSpecialTokens: true, continuesText: false)
    stops = StopMatcher(stopTexts)
  }

  /// What to read first, beginning from what `root` has of `prompt`, which is not empty.
  func lines(_ prompt: [Int32], from root: SharedBeginning) -> [Line] {
    let sequence = root.fork(for: prompt.dropLast())
    return [line(sequence, Array(prompt[sequence.length...]))]
  }

  private func line(_ sequence: KVSequence, _ tokens: [Int32]) -> Line {
    Line(sequence: sequence, tokens: tokens, questions: [[]]) { readings in
      guard let token = readings.first?.best, self.goesOn(after: token) else {
        try self.whenWritten(self.text)
        return []
      }
      return [self.line(sequence, [token])]
    }
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
