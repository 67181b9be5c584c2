// Owns: the pieces of a vocabulary, as the text they stand for, and their kinds. Not how text is cut into them.

/// Every token's text and kind.
struct Vocabulary: Sendable {
  /// What each token stands for: bytes already unescaped, SentencePiece's U+2581 already a space.
  var pieces: StringTable
  /// One kind for each piece.
  var kinds: [TokenKind]
  /// Finds a piece by its text.
  var index: PieceIndex
  /// Ids of pieces that `index` must not give to the algorithms, by their text.
  var marks: [[UInt8]: TokenID] = [:]

  /// The largest vocabulary taken: ids are 32-bit and tables stay addressable.
  static let countLimit = 1 << 24

  /// The longest piece, in bytes, where the time to load or to look is a piece's length for each of its bytes.
  ///
  /// Real vocabularies stay below 150 bytes.
  static let pieceLimit = 512

  var count: Int { pieces.count }

  func contains(_ id: TokenID) -> Bool { id >= 0 && Int(id) < count }

  /// The token whose text is exactly `text`.
  func id(of text: [UInt8]) -> TokenID? {
    marks[text] ?? index.find(text.span, 0, text.count, in: pieces.bytes.span, pieces.ends.span)
  }
}
