// Owns: WordPiece models out of vocabularies, which mark either the first or the later pieces of a word.
// Not the cutting.

extension WordPieceModel {
  /// How a vocabulary tells pieces that begin words from those that go on with them.
  enum Spelling: Sendable {
    /// GGUF: U+2581 before those that begin a word.
    case spaceBegins
    /// Everyone else: a prefix, mostly ##, before those that go on.
    case prefixContinues([UInt8])
  }

  /// A tokenizer's parts with this model; the normaliser and the special tokens are for the caller to set.
  ///
  /// - Throws: `duplicateToken`, `tooLarge`, `emptyVocabulary`.
  static func parts(
    _ spelled: StringTable,
    _ kinds: [TokenKind],
    spelling: Spelling,
    unknown: TokenID,
    characterLimit: Int,
    isolatesChinese: Bool
  ) throws(TokenizerError) -> TokenizerParts {
    var vocabulary = try Vocabulary(spelled: spelled, kinds: kinds, as: .plain)
    var beginnings = ByteTrie()
    var continuations = ByteTrie()
    var texts = StringTable()
    texts.reserve(count: spelled.count, byteCount: spelled.bytes.count)
    var continuing: Set<TokenID> = []
    for id in 0..<spelled.count {
      let (text, begins) = unspell(spelled[id], spelling, isWord: kinds[id] == .normal)
      texts.append(text)
      guard kinds[id] == .normal, !text.isEmpty else { continue }
      if begins {
        try beginnings.insert(text, TokenID(id))
      } else {
        try continuations.insert(text, TokenID(id))
        continuing.insert(TokenID(id))
      }
    }
    vocabulary.pieces = texts
    let model = WordPieceModel(
      beginnings: beginnings,
      continuations: continuations,
      unknown: unknown,
      characterLimit: characterLimit,
      isolatesChinese: isolatesChinese
    )
    var parts = TokenizerParts(vocabulary: vocabulary, model: .wordPiece(model))
    parts.decoding = DecodingRule(spacesWords: true)
    parts.wordContinuations = continuing
    return parts
  }

  private static func unspell(
    _ piece: ArraySlice<UInt8>,
    _ spelling: Spelling,
    isWord: Bool
  ) -> (text: ArraySlice<UInt8>, begins: Bool) {
    guard isWord else { return (piece, true) }
    switch spelling {
    case .spaceBegins:
      let begins = piece.starts(with: [0xE2, 0x96, 0x81])
      return (begins ? piece.dropFirst(3) : piece, begins)
    case .prefixContinues(let prefix):
      let continues = !prefix.isEmpty && piece.starts(with: prefix) && piece.count > prefix.count
      return (continues ? piece.dropFirst(prefix.count) : piece, !continues)
    }
  }
}
