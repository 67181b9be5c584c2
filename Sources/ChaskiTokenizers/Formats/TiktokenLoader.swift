// Owns: reading tiktoken's rank files and making models of ranks. Not what the files leave out.

/// Makes a tokenizer of a tiktoken rank file.
enum TiktokenLoader {
  /// The parts of the tokenizer.
  static func load(
    _ file: [UInt8],
    encoding: TiktokenEncoding
  ) throws(TokenizerError) -> TokenizerParts {
    let (pieces, kinds, special) = try read(file, encoding: encoding)
    var parts = try parts(
      pieces,
      kinds,
      special,
      preTokenizer: encoding.preTokenizer,
      firstRank: 0
    )
    if let form = encoding.form { parts.normalizer.steps = [.form(form)] }
    if let bos = special.bos { parts.prefix = [bos] }
    return parts
  }

  /// The pieces of the file, and the tokens that `encoding` has behind them.
  static func read(
    _ file: [UInt8],
    encoding: TiktokenEncoding
  ) throws(TokenizerError) -> (StringTable, [TokenKind], SpecialTokens) {
    var pieces = try readRanks(file)
    let rankCount = pieces.count
    guard rankCount > 0 else { throw .emptyVocabulary }
    for name in encoding.specialTokens { pieces.append(name.utf8) }
    var kinds = [TokenKind](repeating: .normal, count: rankCount)
    for name in encoding.specialTokens { kinds.append(name.isEmpty ? .unused : .control) }
    var ids: [String: TokenID] = [:]
    for (offset, name) in encoding.specialTokens.enumerated() {
      ids[name] = TokenID(rankCount + offset)
    }
    var special = SpecialTokens()
    special.bos = encoding.bos.flatMap { ids[$0] }
    special.eos = encoding.eos.flatMap { ids[$0] }
    special.eot = encoding.eot.flatMap { ids[$0] }
    special.eom = encoding.eom.flatMap { ids[$0] }
    return (pieces, kinds, special)
  }

  /// The parts of a tokenizer whose pieces are in the order of their ranks, from `firstRank` on.
  static func parts(
    _ pieces: StringTable,
    _ kinds: [TokenKind],
    _ special: SpecialTokens,
    preTokenizer: PreTokenizer,
    firstRank: Int
  ) throws(TokenizerError) -> TokenizerParts {
    var kinds = kinds
    let ends = EndOfGeneration.find(pieces, special, kinds: &kinds)
    let vocabulary = try Vocabulary(spelled: pieces, kinds: kinds, as: .plain)
    let isPiece = { (id: Int) in kinds[id] == .normal }
    let alphabet = MergeTables.byteAlphabet(vocabulary)
    let model = BytePairModel(
      alphabet: alphabet,
      pairs: try MergeTables.implied(vocabulary, alphabet: alphabet, isPiece: isPiece) {
        UInt32(truncatingIfNeeded: $0 - firstRank)
      },
      tokenCount: vocabulary.count,
      fallback: Fallback(rule: .drop),
      wholePieces: .all
    )
    var parts = TokenizerParts(vocabulary: vocabulary, model: .bytePair(model))
    parts.preTokenizer = preTokenizer
    parts.special = special
    parts.endOfGenerationIDs = ends
    var tokens: [AddedToken] = []
    for id in 0..<kinds.count where kinds[id] == .control || kinds[id] == .unknown {
      tokens.append(
        AddedToken(id: TokenID(id), content: Array(vocabulary.pieces[id]), isControl: true)
      )
    }
    parts.addedTokens = try AddedTokens(tokens, normalizer: Normalizer())
    parts.addReplacement()
    return parts
  }

  /// The pieces in the order of the file, whose ranks must count up from 0.
  private static func readRanks(_ file: [UInt8]) throws(TokenizerError) -> StringTable {
    var pieces = StringTable()
    pieces.reserve(count: file.count / 12, byteCount: file.count / 2)
    var start = 0
    var line = 0
    while start < file.count {
      line += 1
      var end = start
      while end < file.count, file[end] != 0x0A { end += 1 }
      let stop = end > start && file[end - 1] == 0x0D ? end - 1 : end
      if start < stop {
        var space = start
        while space < stop, file[space] != 0x20 { space += 1 }
        guard space > start, space < stop, Base64.append(file[start..<space], to: &pieces),
          number(file[(space + 1)..<stop]) == pieces.count
        else { throw .malformedRankLine(line: line) }
        pieces.endString()
      }
      start = end + 1
    }
    return pieces
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 9 else { return nil }
    var value = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      value = value * 10 + Int(digit - 0x30)
    }
    return value
  }
}
