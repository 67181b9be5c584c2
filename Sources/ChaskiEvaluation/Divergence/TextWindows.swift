// Owns: cutting a text into the windows that perplexity and divergence are measured on.

import ChaskiTokenizers

/// Windows of one length, next to each other; in each the second half is scored.
///
/// Source of the procedure: llama.cpp's `llama-perplexity` without stride.
struct TextWindows: Equatable {
  /// C: tokens of a window.
  let length: Int
  /// The tokens of all windows.
  let tokens: [Int32]
  /// What is read in the place of each window's first token, if the model's format begins texts with one.
  let beginning: Int32?

  /// The windows of `text`, at most `limit`.
  ///
  /// - Throws: `EvaluationError.textTooShort` for less than two windows, `invalidOption` for a length below 4.
  init(
    _ text: [UInt8],
    _ tokenizer: Tokenizer,
    length: Int,
    limit: Int?
  ) throws(EvaluationError) {
    guard length >= 4 else {
      throw .invalidOption(name: "context", value: "\(length)", allowed: "4 or more")
    }
    let all = tokenizer.encode(utf8: text, addSpecialTokens: true, parseSpecialTokens: false)
    guard all.count >= 2 * length else {
      throw .textTooShort(tokenCount: all.count, neededCount: 2 * length)
    }
    let count = min(all.count / length, limit ?? .max)
    self.init(
      tokens: Array(all.prefix(count * length)),
      length: length,
      beginning: tokenizer.addsBOS ? tokenizer.special.bos : nil
    )
  }

  /// Windows of `length` that were cut before.
  init(tokens: [Int32], length: Int, beginning: Int32?) {
    precondition(length >= 4 && tokens.count % length == 0, "tokens that are no windows")
    self.tokens = tokens
    self.length = length
    self.beginning = beginning
  }

  /// How many windows there are.
  var count: Int { tokens.count / length }

  /// The first position whose logits are looked at, counted in a window.
  var firstScored: Int { length / 2 }

  /// How many tokens of a window are scored.
  var scoredCount: Int { length - 1 - firstScored }

  /// The tokens of window `index` as they are read; the last one need not be.
  func input(_ index: Int) -> [Int32] {
    var input = Array(tokens[index * length..<(index + 1) * length - 1])
    if let beginning { input[0] = beginning }
    return input
  }

  /// The tokens that are scored in window `index`: each follows a position from `firstScored` on.
  func targets(_ index: Int) -> ArraySlice<Int32> {
    tokens[index * length + firstScored + 1..<(index + 1) * length]
  }
}
