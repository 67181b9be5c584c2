// Owns: how vocabularies spell their pieces, and unspelling them. Not which ids they have.

/// How a vocabulary file writes the text of its pieces.
enum PieceSpelling: Sendable {
  /// GPT-2's alphabet: a character for each byte.
  case byteLevel
  /// SentencePiece's: U+2581 for a space, `<0xHH>` for a byte.
  case metaspace
  /// As it is; `<0xHH>` for a byte.
  case plain
}

extension Vocabulary {
  /// A vocabulary of pieces as a file spells them.
  ///
  /// Control tokens and the unknown token stand for their own text and are never found by the algorithms, but where
  /// merges may name them: in byte-level vocabularies, if they are printable ASCII.
  ///
  /// - Throws: `duplicateToken` for two ordinary pieces with the same text, `malformedByteToken`, `emptyVocabulary`.
  init(
    spelled: StringTable,
    kinds: [TokenKind],
    as spelling: PieceSpelling
  ) throws(TokenizerError) {
    guard spelled.count > 0 else { throw .emptyVocabulary }
    guard spelled.count <= Self.countLimit else {
      throw .tooLarge(what: "tokens", count: spelled.count, limit: Self.countLimit)
    }
    var pieces = StringTable()
    pieces.reserve(count: spelled.count, byteCount: spelled.bytes.count)
    var isFound = [Bool](repeating: false, count: spelled.count)
    for id in 0..<spelled.count {
      isFound[id] = try pieces.appendPiece(spelled, id, kinds[id], spelling)
    }
    var index = PieceIndex(count: pieces.count)
    var marks: [[UInt8]: TokenID] = [:]
    try Self.fill(
      &index,
      &marks,
      pieces,
      kinds,
      isFound,
      isByteLevel: spelling == .byteLevel
    )
    self.init(pieces: pieces, kinds: kinds, index: index, marks: marks)
  }

  private static func fill(
    _ index: inout PieceIndex,
    _ marks: inout [[UInt8]: TokenID],
    _ pieces: StringTable,
    _ kinds: [TokenKind],
    _ isFound: [Bool],
    isByteLevel: Bool
  ) throws(TokenizerError) {
    let bytes = pieces.bytes.span
    let ends = pieces.ends.span
    for id in 0..<pieces.count where isFound[id] {
      if let other = index.insert(TokenID(id), in: bytes, ends) {
        throw .duplicateToken(piece: pieces.text(id), first: Int(other), second: id)
      }
    }
    for id in 0..<pieces.count where !isFound[id] {
      let range = pieces.range(id)
      guard !range.isEmpty, kinds[id] != .byte else { continue }
      if kinds[id] != .normal { marks[Array(pieces.bytes[range])] = TokenID(id) }
      if isByteLevel, pieces.bytes[range].allSatisfy({ (0x21...0x7E).contains($0) }) {
        _ = index.insert(TokenID(id), in: bytes, ends)
      }
    }
  }

  /// The tokens of the 256 bytes, -1 where there is none.
  func byteTokens() -> [TokenID] {
    var tokens = [TokenID](repeating: -1, count: 256)
    for id in 0..<count where kinds[id] == .byte {
      tokens[Int(pieces.bytes[pieces.range(id).lowerBound])] = TokenID(id)
    }
    return tokens
  }

  /// Throws where `id` is not in the vocabulary.
  func check(_ id: Int, name: String) throws(TokenizerError) -> TokenID {
    guard id >= 0, id < count else {
      throw .idOutOfRange(name: name, id: id, vocabularyCount: count)
    }
    return TokenID(id)
  }
}

extension StringTable {
  /// Adds the text that piece `id` of `spelled` stands for.
  ///
  /// - Returns: whether the algorithms may find it.
  fileprivate mutating func appendPiece(
    _ spelled: StringTable,
    _ id: Int,
    _ kind: TokenKind,
    _ spelling: PieceSpelling
  ) throws(TokenizerError) -> Bool {
    let range = spelled.range(id)
    if kind == .byte {
      guard let byte = Self.namedByte(spelled.bytes[range]) else {
        throw .malformedByteToken(id: id, piece: spelled.text(id))
      }
      append(byte: byte)
      endString()
      return false
    }
    let isText = kind == .normal || kind == .unused || kind == .userDefined
    var isFound = isText && !range.isEmpty
    switch spelling {
    case .byteLevel where kind == .normal:
      isFound = appendBytes(spelled, range) && isFound
    case .metaspace where isText:
      appendUnescaped(spelled, range)
      // No text has such a piece: its spaces are spelled otherwise.
      if kind == .normal, spelled.bytes[range].contains(0x20) { isFound = false }
    case .byteLevel:
      append(spelled.bytes[range])
      isFound = false
    case .metaspace, .plain:
      append(spelled.bytes[range])
    }
    return isFound
  }

  private mutating func appendBytes(_ spelled: StringTable, _ range: Range<Int>) -> Bool {
    let isSpelled = appendSpelled(spelled.bytes.span, range)
    if !isSpelled { append(contentsOf: spelled.bytes[range]) }
    endString()
    return isSpelled
  }

  private mutating func appendUnescaped(_ spelled: StringTable, _ range: Range<Int>) {
    let text = spelled.bytes.span
    var at = range.lowerBound
    while at < range.upperBound {
      if text[at] == 0xE2, at + 3 <= range.upperBound, text[at + 1] == 0x96, text[at + 2] == 0x81 {
        append(byte: 0x20)
        at += 3
      } else {
        append(byte: text[at])
        at += 1
      }
    }
    endString()
  }

  /// The byte that `<0xHH>` names.
  static func namedByte(_ piece: ArraySlice<UInt8>) -> UInt8? {
    guard piece.count == 6, piece.starts(with: [0x3C, 0x30, 0x78]), piece.last == 0x3E else {
      return nil
    }
    var value: UInt8 = 0
    for digit in piece.dropFirst(3).prefix(2) {
      switch digit {
      case 0x30...0x39: value = value << 4 | (digit - 0x30)
      case 0x41...0x46: value = value << 4 | (digit - 0x37)
      case 0x61...0x66: value = value << 4 | (digit - 0x57)
      default: return nil
      }
    }
    return value
  }
}
