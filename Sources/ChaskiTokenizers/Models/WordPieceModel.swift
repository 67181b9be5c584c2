// Owns: cutting words into the longest pieces, as BERT does. Not the cleaning of the text before (Normalizer).

/// WordPiece: words are cut at white space and around punctuation, then into the longest pieces from the left.
///
/// Source: Devlin et al. 2018, https://arxiv.org/abs/1810.04805, and its `tokenization.py`.
struct WordPieceModel: Sendable {
  /// Pieces that begin a word.
  var beginnings: ByteTrie
  /// Pieces that go on with a word.
  var continuations: ByteTrie
  var unknown: TokenID
  /// Words of more characters are unknown as a whole.
  var characterLimit: Int
  /// Whether each Chinese character is a word.
  var isolatesChinese: Bool

  /// Adds the ids of `start..<end` to `output`.
  func encode(_ text: Span<UInt8>, _ start: Int, _ end: Int, to output: inout [TokenID]) {
    let table = CategoryTable.positions.span
    var word = start
    var count = 0
    var at = start
    while at < end {
      let scalar = UTF8Scalar(text, at: at, end: end)
      let next = at + scalar.count
      let isSpace = Scan.bits(scalar.code, table) & CategorySet.space.rawValue != 0
      if isSpace || isAlone(scalar.code, table) {
        encodeWord(text, word, at, count, &output)
        if !isSpace { encodeWord(text, at, next, 1, &output) }
        word = next
        count = 0
      } else {
        count += 1
      }
      at = next
    }
    encodeWord(text, word, end, count, &output)
  }

  private func isAlone(_ code: UInt32, _ table: Span<UInt8>) -> Bool {
    CodePointSet.anyPunctuation.contains(code, table)
      || (isolatesChinese && code >= 0x3400 && CodePointSet.chinese.contains(code, table))
  }

  private func encodeWord(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ count: Int,
    _ output: inout [TokenID]
  ) {
    guard start < end else { return }
    let first = output.count
    var at = start
    while at < end {
      let trie = at == start ? beginnings : continuations
      guard count <= characterLimit, let (id, stop) = longest(text, at, end, trie) else {
        output.removeSubrange(first...)
        output.append(unknown)
        return
      }
      output.append(id)
      at = stop
    }
  }

  private func longest(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ trie: ByteTrie
  ) -> (TokenID, Int)? {
    var node = ByteTrie.root
    var at = start
    var found: (TokenID, Int)?
    while at < end, let next = trie.step(node, text[at]) {
      node = next
      at += 1
      if trie.values[node] >= 0 { found = (trie.values[node], at) }
    }
    return found
  }
}

extension CodePointSet {
  /// What BERT takes for Chinese: the ideographs, without the scripts that have spaces.
  ///
  /// The range at U+2B920 is the reference's, which skips the first 256 of its block.
  static let chinese = CodePointSet(
    [],
    [
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0x2F800...0x2FA1F,
    ]
  )
}
