// Owns: where a text may be cut before merging without changing the result. Not the merging.

/// Cuts before spaces that no merge can reach across.
///
/// SentencePiece merges over the whole text. A merge joins two neighbours into a token, so no merge ever joins the
/// characters x and y unless some token contains xy. Before a space that is preceded by a character which no token
/// has before a space, left and right never touch, and each is merged on its own with the same result.
struct SafeCuts: Sendable {
  /// The bytes that end a character which some token has right before a space.
  private var before = [Bool](repeating: false, count: 256)

  /// The cuts that are safe for `pieces`, in which spaces are spaces.
  init(_ pieces: StringTable, isPiece: (Int) -> Bool) {
    for index in 0..<pieces.count where isPiece(index) {
      let range = pieces.range(index)
      guard range.count > 1 else { continue }
      for at in range.dropFirst() where pieces.bytes[at] == 0x20 {
        before[Int(pieces.bytes[at - 1])] = true
      }
    }
  }

  /// The first safe cut after `start`, or `end`.
  @inline(__always)
  func next(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var at = start + 1
    while at < end, text[at] != 0x20 || before[Int(text[at - 1])] { at += 1 }
    return at
  }
}
