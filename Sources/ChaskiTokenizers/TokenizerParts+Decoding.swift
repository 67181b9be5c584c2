// Owns: the step from one id to text. Not the holding back of half characters (StreamingDecoder).

/// What is done to the pieces when they become text again.
struct DecodingRule: Sendable, Equatable {
  /// Whether the space that SentencePiece put before the text is taken off.
  var stripsLeadingSpace = false
  /// Whether words are put apart again, as WordPiece needs it.
  var spacesWords = false
  /// Whether the space before a full stop and the like is taken off, as Hugging Face does for BERT.
  var cleansUp = false
  /// How bytes that are not UTF-8 show in text.
  var repair = UTF8Repair.maximalParts
  /// Whether byte tokens in a row are a text together or, if they are not UTF-8, a U+FFFD each: Hugging Face's way.
  var joinsBytes = false
}

/// What decoding remembers from one id to the next.
struct DecodingState: Sendable {
  /// Whether no text has come out yet.
  var isAtStart = true
  /// The bytes of byte tokens in a row, where they are joined.
  var bytesInARow: [UInt8] = []

  /// Adds the byte tokens that came last to `output`, since no more will join them.
  mutating func endBytes(into output: inout [UInt8]) {
    guard !bytesInARow.isEmpty else { return }
    if String(validating: bytesInARow, as: UTF8.self) != nil {
      output.append(contentsOf: bytesInARow)
    } else {
      for _ in bytesInARow { UTF8Scalar.append(0xFFFD, to: &output) }
    }
    bytesInARow.removeAll(keepingCapacity: true)
  }
}

extension TokenizerParts {
  /// Adds the text of `id` to `output`.
  func decode(
    _ id: TokenID,
    skipSpecialTokens: Bool,
    state: inout DecodingState,
    into output: inout [UInt8]
  ) {
    guard vocabulary.contains(id) else { return }
    if skipSpecialTokens, vocabulary.kinds[Int(id)].isSpecial { return }
    let range = vocabulary.pieces.range(Int(id))
    guard !range.isEmpty else { return }
    let piece = vocabulary.pieces.bytes[range]
    if decoding.joinsBytes {
      if vocabulary.kinds[Int(id)] == .byte {
        state.bytesInARow.append(contentsOf: piece)
        state.isAtStart = false
        return
      }
      state.endBytes(into: &output)
    }
    if decoding.spacesWords {
      appendWord(id, piece, isFirst: state.isAtStart, to: &output)
    } else if state.isAtStart, decoding.stripsLeadingSpace, piece.first == 0x20 {
      output.append(contentsOf: piece.dropFirst())
    } else {
      output.append(contentsOf: piece)
    }
    state.isAtStart = false
  }

  private func appendWord(
    _ id: TokenID,
    _ piece: ArraySlice<UInt8>,
    isFirst: Bool,
    to output: inout [UInt8]
  ) {
    let isContinuation = wordContinuations.contains(id)
    guard !isFirst, !isContinuation else { return output.append(contentsOf: piece) }
    let word = [0x20] + piece
    output.append(contentsOf: decoding.cleansUp ? Self.cleanedUp(word) : word)
  }

  /// Takes the space off a word that is a sign or an English contraction.
  private static func cleanedUp(_ word: [UInt8]) -> [UInt8] {
    let glued = [".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"]
    let text = String(decoding: word.dropFirst(), as: UTF8.self)
    return glued.contains(text) ? Array(word.dropFirst()) : word
  }
}
