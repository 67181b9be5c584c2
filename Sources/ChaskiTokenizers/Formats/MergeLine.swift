// Owns: one merge of a list, from two spelled pieces to three ids. Not the list.

/// One merge as a file gives it, with memory that is kept from line to line.
struct MergeLine {
  private var text: [UInt8] = []
  private var middle = 0
  /// What the last merge made.
  private var lastWhole = 0

  /// Unspells the two pieces.
  mutating func load(
    _ source: Span<UInt8>,
    _ left: Range<Int>,
    _ right: Range<Int>,
    _ spelling: PieceSpelling
  ) {
    text.removeAll(keepingCapacity: true)
    append(source, left, spelling)
    middle = text.count
    append(source, right, spelling)
  }

  private mutating func append(
    _ source: Span<UInt8>,
    _ range: Range<Int>,
    _ spelling: PieceSpelling
  ) {
    if spelling == .byteLevel,
      ByteLevelAlphabet.append(
        source,
        range.lowerBound,
        range.upperBound,
        ByteLevelAlphabet.bytes.span,
        to: &text
      )
    {
      return
    }
    var at = range.lowerBound
    while at < range.upperBound {
      if spelling == .metaspace, source[at] == 0xE2, at + 3 <= range.upperBound,
        source[at + 1] == 0x96, source[at + 2] == 0x81
      {
        text.append(0x20)
        at += 3
      } else {
        text.append(source[at])
        at += 1
      }
    }
  }

  /// Adds the merge, whose rank is its place in the list.
  ///
  /// - Throws: `unknownMerge` for a piece that is no token.
  mutating func insert(
    _ index: Int,
    _ vocabulary: Vocabulary,
    into merges: inout MergeList
  ) throws(TokenizerError) {
    let (left, right, whole) = try ids(index, vocabulary)
    let rank = UInt32(truncatingIfNeeded: index)
    merges.append(left, right, Merge(rank: rank, result: whole))
    lastWhole = Int(whole)
  }

  private func ids(
    _ index: Int,
    _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> (left: TokenID, right: TokenID, whole: TokenID) {
    let bytes = vocabulary.pieces.bytes.span
    let ends = vocabulary.pieces.ends.span
    let source = text.span
    var hash = vocabulary.index.hash(source, 0, middle)
    guard let left = vocabulary.index.find(source, 0, middle, hash, in: bytes, ends) else {
      throw unknown(index, text[..<middle])
    }
    guard let right = vocabulary.index.find(source, middle, text.count, in: bytes, ends) else {
      throw unknown(index, text[middle...])
    }
    // Most files list tokens in the order of their merges: then the next token is the one that this merge makes.
    for guess in lastWhole...lastWhole + 1 where isWhole(guess, vocabulary) {
      return (left, right, TokenID(guess))
    }
    for at in middle..<text.count { hash.add(source[at]) }
    guard let whole = vocabulary.index.find(source, 0, text.count, hash, in: bytes, ends) else {
      throw unknown(index, text[...])
    }
    return (left, right, whole)
  }

  /// Whether the two pieces together are piece `id`.
  private func isWhole(_ id: Int, _ vocabulary: Vocabulary) -> Bool {
    guard id < vocabulary.count, vocabulary.kinds[id] == .normal else { return false }
    let range = vocabulary.pieces.range(id)
    guard range.count == text.count else { return false }
    let bytes = vocabulary.pieces.bytes.span
    for at in 0..<text.count where text[at] != bytes[range.lowerBound + at] { return false }
    return true
  }

  private func unknown(_ index: Int, _ piece: ArraySlice<UInt8>) -> TokenizerError {
    .unknownMerge(index: index, piece: String(decoding: piece, as: UTF8.self))
  }
}
