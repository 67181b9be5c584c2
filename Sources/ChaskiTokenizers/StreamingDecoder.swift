// Owns: text out of ids that come one at a time. Not where the ids come from.

/// Decodes one answer as its ids arrive, and never shows half a character.
///
/// What comes out, put together, is what `Tokenizer.decode` gives for all ids at once.
package struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipSpecialTokens: Bool
  private var state = DecodingState()
  private var held: [UInt8] = []

  init(tokenizer: Tokenizer, skipSpecialTokens: Bool, continuesText: Bool) {
    self.tokenizer = tokenizer
    self.skipSpecialTokens = skipSpecialTokens
    state.isAtStart = !continuesText
  }

  /// The text that `id` completes, often empty; bytes that no later byte could save are U+FFFD at once.
  package mutating func append(_ id: TokenID) -> String {
    tokenizer.parts.decode(
      id,
      skipSpecialTokens: skipSpecialTokens,
      state: &state,
      into: &held
    )
    let ready = held.count - incompleteSuffixCount(held.span)
    guard ready > 0 else { return "" }
    let text = tokenizer.parts.decoding.repair.text(held[..<ready])
    held.removeFirst(ready)
    return text
  }

  /// What was held back, with U+FFFD for the character that never came to its end.
  package mutating func finish() -> String {
    defer { held.removeAll() }
    state.endBytes(into: &held)
    return tokenizer.parts.decoding.repair.text(held)
  }

  /// How many bytes at the end begin a character that later bytes could complete.
  private func incompleteSuffixCount(_ bytes: Span<UInt8>) -> Int {
    for length in stride(from: min(3, bytes.count), to: 0, by: -1)
    where UTF8Scalar.isIncomplete(bytes, from: bytes.count - length, to: bytes.count) {
      return length
    }
    return 0
  }
}
