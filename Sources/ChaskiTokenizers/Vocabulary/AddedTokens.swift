// Owns: the pieces that are looked for before a text is cut, and cutting the text at them. Not what lies between.

/// A piece that is one token wherever its text stands.
struct AddedToken: Sendable {
  var id: TokenID
  var content: [UInt8]
  /// Whether only trusted text may contain it.
  var isControl: Bool
  /// Whether white space before it belongs to it.
  var stripsLeft = false
  /// Whether white space after it belongs to it.
  var stripsRight = false
  /// Whether it must not touch a letter, digit or underscore.
  var isSingleWord = false
  /// Whether it is looked for in the normalised text.
  var isNormalized = false
}

/// A stretch of text, or a token found in it.
struct Fragment {
  var start: Int
  var end: Int
  /// The token, or -1 for text.
  var id: TokenID
}

/// All added tokens of a vocabulary, found leftmost first and longest first at one place.
struct AddedTokens: Sendable {
  private var tokens: [AddedToken] = []
  /// Positions in `tokens` of those found in raw text.
  private var raw = ByteTrie()
  /// Positions in `tokens` of those found in normalised text.
  private var normalized = ByteTrie()

  /// No added tokens.
  init() {}

  /// Tokens; the content of normalised ones is normalised as text is.
  ///
  /// - Throws: `TokenizerError.tooLarge` for more than a trie can hold.
  init(_ tokens: [AddedToken], normalizer: Normalizer) throws(TokenizerError) {
    self.tokens = tokens
    for (position, token) in tokens.enumerated() {
      if token.isNormalized {
        let content = normalizer.contentForm(token.content)
        try normalized.insert(content, TokenID(position))
      } else {
        try raw.insert(token.content, TokenID(position))
      }
    }
  }

  /// Whether a second search, in the normalised text, is needed.
  var searchesNormalizedText: Bool { !normalized.isEmpty }

  /// Cuts raw text at the tokens that are looked for there; control tokens do not overlap `literals`.
  func cut(_ text: Span<UInt8>, literals: LiteralText) -> [Fragment] {
    cut(text, 0, text.count, raw, literals)
  }

  /// Cuts normalised text at the tokens that are looked for there; `literals` are places in it too.
  func cutNormalized(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    literals: LiteralText
  ) -> [Fragment] {
    cut(text, start, end, normalized, literals)
  }

  private func cut(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ trie: ByteTrie,
    _ literals: LiteralText
  ) -> [Fragment] {
    guard !trie.isEmpty else {
      return start < end ? [Fragment(start: start, end: end, id: -1)] : []
    }
    let table = CategoryTable.positions.span
    var fragments: [Fragment] = []
    var done = start
    var at = start
    while at < end {
      guard trie.mayBegin(text[at]),
        let (position, stop) = longest(text, at, end, trie, literals.controlEnd(from: at))
      else {
        at += 1
        continue
      }
      let token = tokens[position]
      if token.isSingleWord, touchesWord(text, start, at, stop, end, table) {
        at = stop
        continue
      }
      let from = token.stripsLeft ? spaceStart(text, done, at, table) : at
      if done < from { fragments.append(Fragment(start: done, end: from, id: -1)) }
      let to = token.stripsRight ? spaceEnd(text, stop, end, table) : stop
      fragments.append(Fragment(start: from, end: to, id: token.id))
      done = to
      at = to
    }
    if done < end { fragments.append(Fragment(start: done, end: end, id: -1)) }
    return fragments
  }

  private func longest(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ trie: ByteTrie,
    _ controlEnd: Int
  ) -> (position: Int, end: Int)? {
    var node = ByteTrie.root
    var at = start
    var found: (Int, Int)?
    while at < end, let next = trie.step(node, text[at]) {
      node = next
      at += 1
      let position = Int(trie.values[node])
      if position >= 0, at <= controlEnd || !tokens[position].isControl { found = (position, at) }
    }
    return found
  }

  private func touchesWord(
    _ text: Span<UInt8>,
    _ low: Int,
    _ start: Int,
    _ stop: Int,
    _ high: Int,
    _ table: Span<UInt8>
  ) -> Bool {
    func isWord(_ code: UInt32) -> Bool {
      code == 0x5F
        || Scan.bits(code, table)
          & (CategorySet.letter.rawValue | CategorySet.number.rawValue | CategorySet.mark.rawValue)
          != 0
    }
    if stop < high, isWord(UTF8Scalar(text, at: stop, end: high).code) { return true }
    guard start > low else { return false }
    let before = Scan.previous(text, low, start)
    return isWord(UTF8Scalar(text, at: before, end: start).code)
  }

  private func spaceStart(
    _ text: Span<UInt8>,
    _ low: Int,
    _ start: Int,
    _ table: Span<UInt8>
  ) -> Int {
    var at = start
    while at > low {
      let before = Scan.previous(text, low, at)
      let bits = Scan.bits(UTF8Scalar(text, at: before, end: at).code, table)
      if bits & CategorySet.space.rawValue == 0 { break }
      at = before
    }
    return at
  }

  private func spaceEnd(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int {
    Scan.run(.space, text, start, end, table)
  }
}
