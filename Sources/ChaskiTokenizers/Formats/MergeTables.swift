// Owns: making the table of merges out of what files say: a list of merges, ranks, or scores. Not their use.

/// Makes the tables of a `BytePairModel`.
enum MergeTables {
  /// The byte tokens that a byte-level text begins with, -1 where a byte has none.
  static func byteAlphabet(_ vocabulary: Vocabulary) -> BytePairModel.Alphabet {
    let pieces = vocabulary.pieces
    return .bytes(
      (0..<256).map { byte in
        let text = [UInt8(byte)]
        return vocabulary.index.find(text.span, 0, 1, in: pieces.bytes.span, pieces.ends.span) ?? -1
      }
    )
  }

  /// The symbols of all characters of the vocabulary, and how many symbols there are.
  ///
  /// A character that is in pieces but is no piece gets a symbol past the tokens, so that it can be merged.
  static func characterAlphabet(
    _ vocabulary: Vocabulary,
    isPiece: (Int) -> Bool
  ) -> (alphabet: BytePairModel.Alphabet, symbolCount: Int) {
    var ascii = [TokenID](repeating: -1, count: 128)
    var others: [UInt32: TokenID] = [:]
    let bytes = vocabulary.pieces.bytes.span
    for id in 0..<vocabulary.count where isPiece(id) {
      let range = vocabulary.pieces.range(id)
      guard !range.isEmpty else { continue }
      let scalar = UTF8Scalar(bytes, at: range.lowerBound, end: range.upperBound)
      guard scalar.count == range.count else { continue }
      if scalar.code < 0x80 {
        ascii[Int(scalar.code)] = TokenID(id)
      } else if scalar.code != UTF8Scalar.invalid {
        others[scalar.code] = TokenID(id)
      }
    }
    var symbolCount = vocabulary.count
    for id in 0..<vocabulary.count where isPiece(id) {
      let range = vocabulary.pieces.range(id)
      var at = range.lowerBound
      while at < range.upperBound {
        let scalar = UTF8Scalar(bytes, at: at, end: range.upperBound)
        at += scalar.count
        if scalar.code < 0x80 {
          guard ascii[Int(scalar.code)] < 0 else { continue }
          ascii[Int(scalar.code)] = TokenID(symbolCount)
        } else {
          guard others[scalar.code] == nil, scalar.code != UTF8Scalar.invalid else { continue }
          others[scalar.code] = TokenID(symbolCount)
        }
        symbolCount += 1
      }
    }
    return (.characters(ascii: ascii, others: others), symbolCount)
  }

  /// The merges of a list, each "left right" as the file spells pieces, in the order of the list.
  ///
  /// - Throws: `malformedMerge`, `unknownMerge`.
  static func listed(
    _ merges: StringTable,
    _ vocabulary: Vocabulary,
    spelling: PieceSpelling
  ) throws(TokenizerError) -> PairTable {
    var list = MergeList(count: merges.count)
    let text = merges.bytes.span
    var line = MergeLine()
    for index in 0..<merges.count {
      let range = merges.range(index)
      // A piece may itself be a space: the space between comes after the first byte.
      var space = range.lowerBound + 1
      while space < range.upperBound, text[space] != 0x20 { space += 1 }
      guard space + 1 < range.upperBound else {
        throw .malformedMerge(index: index, text: merges.text(index))
      }
      line.load(text, range.lowerBound..<space, space + 1..<range.upperBound, spelling)
      try line.insert(index, vocabulary, into: &list)
    }
    return PairTable(list)
  }

  /// The merges that ranks imply: any two symbols whose texts make a piece merge into it, by `rank`.
  ///
  /// - Throws: `tooLarge` for a piece of more than `Vocabulary.pieceLimit` bytes.
  static func implied(
    _ vocabulary: Vocabulary,
    alphabet: BytePairModel.Alphabet,
    isPiece: (Int) -> Bool,
    rank: (Int) -> UInt32
  ) throws(TokenizerError) -> PairTable {
    var list = MergeList(count: vocabulary.count * 2)
    let finder = SymbolFinder(vocabulary: vocabulary, alphabet: alphabet)
    let bytes = vocabulary.pieces.bytes.span
    for id in 0..<vocabulary.count where isPiece(id) {
      let range = vocabulary.pieces.range(id)
      guard range.count <= Vocabulary.pieceLimit else {
        throw .tooLarge(
          what: "bytes in a piece",
          count: range.count,
          limit: Vocabulary.pieceLimit
        )
      }
      var hash = vocabulary.index.emptyHash
      var at = range.lowerBound
      while at < range.upperBound {
        let step = finder.isByteLevel ? 1 : UTF8Scalar(bytes, at: at, end: range.upperBound).count
        for offset in 0..<step { hash.add(bytes[at + offset]) }
        at += step
        guard at < range.upperBound else { break }
        let left = finder.symbol(bytes, range.lowerBound, at, hash)
        guard left >= 0 else { continue }
        let rest = vocabulary.index.hash(bytes, at, range.upperBound)
        let right = finder.symbol(bytes, at, range.upperBound, rest)
        guard right >= 0 else { continue }
        list.append(left, right, Merge(rank: rank(id), result: TokenID(id)))
      }
    }
    return PairTable(list)
  }

  /// Ranks out of scores: the higher the score, the lower the rank; equal scores, equal ranks.
  static func rank(ofScore score: Float) -> UInt32 {
    let bits = (score == 0 ? 0 : score).bitPattern
    // Floats order as their bits do once the negative ones are turned round.
    return ~(bits >> 31 == 1 ? ~bits : bits | 1 << 31)
  }
}

extension MergeTables {
  /// Finds the symbol of part of a piece.
  private struct SymbolFinder {
    let vocabulary: Vocabulary
    let alphabet: BytePairModel.Alphabet

    var isByteLevel: Bool {
      if case .bytes = alphabet { true } else { false }
    }

    func symbol(
      _ bytes: Span<UInt8>,
      _ start: Int,
      _ end: Int,
      _ hash: ByteHash
    ) -> TokenID {
      if case .characters(let ascii, let others) = alphabet {
        let scalar = UTF8Scalar(bytes, at: start, end: end)
        if scalar.count == end - start {
          return scalar.code < 0x80 ? ascii[Int(scalar.code)] : others[scalar.code] ?? -1
        }
      }
      return vocabulary.index.find(bytes, start, end, hash, in: bytes, vocabulary.pieces.ends.span)
        ?? -1
    }
  }
}
