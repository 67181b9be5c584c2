// Owns: what becomes of text that no token covers. Not how such text is found.

/// What stands in the output for a character without a token.
struct Fallback: Sendable {
  /// What is done.
  enum Rule: Sendable {
    /// Nothing stands for it.
    case drop
    /// A token says that something was there; one for a run of characters if `fuses`.
    case unknown(TokenID, fuses: Bool)
    /// A token for each of its bytes, -1 where there is none.
    case bytes([TokenID])
  }

  var rule: Rule
  /// The unknown token, if a byte has no token.
  var unknown: TokenID?
  /// What stands for a byte that is in no UTF-8 text, if there is no token for it: the tokens of U+FFFD.
  var replacement: [TokenID] = []

  /// Adds what stands for `start..<end`.
  func append(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    follows: inout Bool,
    to output: inout [TokenID]
  ) {
    switch rule {
    case .drop:
      for at in start..<end where UTF8Scalar.isNeverUTF8(text[at]) {
        output.append(contentsOf: replacement)
      }
    case .unknown(let id, let fuses):
      if !(fuses && follows) { output.append(id) }
      follows = true
    case .bytes(let ids):
      for at in start..<end {
        let id = ids[Int(text[at])]
        if id >= 0 { output.append(id) } else if let unknown { output.append(unknown) }
      }
    }
  }
}
