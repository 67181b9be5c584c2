// Owns: byte-pair encoding of one vocabulary: its first symbols and its merges. Not the merging itself
// (MergeWorkspace) nor where the tables come from (Formats/).

/// Byte-pair encoding: the pair of lowest rank merges first, the leftmost among equals, until none is left.
///
/// Covers GPT-2's (merges over bytes), tiktoken's (ranks), and SentencePiece's (scores over characters): they differ
/// only in their tables. Source: Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; sentencepiece
/// `bpe_model.cc`.
struct BytePairModel: Sendable {
  /// What a text's first symbols are.
  enum Alphabet: Sendable {
    /// Bytes; -1 where a byte has no token.
    case bytes([TokenID])
    /// Characters, those of ASCII apart; -1 where a character occurs in no token.
    case characters(ascii: [TokenID], others: [UInt32: TokenID])
  }

  /// Which pieces of text, if they are themselves tokens, are those tokens whatever their merges.
  enum WholePieces: Sendable {
    case none, all, newlines
  }

  var alphabet: Alphabet
  var pairs: PairTable
  /// Symbols from here on are characters that only occur inside longer tokens.
  var tokenCount: Int
  var fallback: Fallback
  var wholePieces = WholePieces.none
  /// Where the text may be cut without changing any result, for models that have no pre-tokenizer.
  var safeCuts: SafeCuts?
  /// Longer pieces are cut, since places within a piece are 32-bit.
  private static let pieceLimit = 1 << 30

  /// Adds the ids of `start..<end` to `output`.
  func encode(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    preTokenizer: PreTokenizer,
    vocabulary: Vocabulary,
    workspace: inout MergeWorkspace,
    to output: inout [TokenID]
  ) {
    let table = CategoryTable.positions.span
    var followsUnknown = false
    var cursor = preTokenizer.cursor(start, end)
    while let piece = cursor.next(text, table) {
      followsUnknown = followsUnknown && safeCuts != nil
      var at = piece.lowerBound
      while at < piece.upperBound {
        let limit = min(piece.upperBound, at + Self.pieceLimit)
        let stop = safeCuts?.next(text, at, limit) ?? limit
        encodePiece(text, at, stop, vocabulary, &workspace, &followsUnknown, &output)
        at = stop
      }
    }
  }

  private func encodePiece(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ vocabulary: Vocabulary,
    _ workspace: inout MergeWorkspace,
    _ followsUnknown: inout Bool,
    _ output: inout [TokenID]
  ) {
    let isKept = end - start <= WordCache.textLimit
    let hash = WordCache.hash(text, start, isKept ? end : start)
    if isKept, workspace.cache.append(text, start, end, hash, to: &output) {
      followsUnknown = false
      return
    }
    let first = output.count
    if isWholePiece(text, start, end),
      let id = vocabulary.index.find(
        text,
        start,
        end,
        in: vocabulary.pieces.bytes.span,
        vocabulary.pieces.ends.span
      )
    {
      output.append(id)
    } else {
      workspace.loadSymbols(text, start, end, alphabet)
      workspace.merge(pairs)
      let isPlain = appendSymbols(text, start, end, workspace, &followsUnknown, &output)
      // A run of unknown text may go on in the next piece, so such pieces depend on their place.
      guard isPlain else { return }
    }
    followsUnknown = false
    if isKept { workspace.cache.insert(text, start, end, hash, output, from: first) }
  }

  private func isWholePiece(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    switch wholePieces {
    case .none: return false
    case .all: return true
    case .newlines:
      for at in start..<end where text[at] != 0x0A { return false }
      return true
    }
  }

  /// Writes the symbols that are left.
  ///
  /// - Returns: whether none of them was unknown.
  private func appendSymbols(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ workspace: MergeWorkspace,
    _ followsUnknown: inout Bool,
    _ output: inout [TokenID]
  ) -> Bool {
    var isPlain = true
    for index in 0..<workspace.count {
      let id = workspace.ids[index]
      if id >= 0, Int(id) < tokenCount {
        output.append(id)
        followsUnknown = false
        continue
      }
      isPlain = false
      let from = Int(workspace.offsets[index])
      let to = index + 1 < workspace.count ? Int(workspace.offsets[index + 1]) : end - start
      fallback.append(text, start + from, start + to, follows: &followsUnknown, to: &output)
    }
    return isPlain
  }
}
