// Owns: what a GGUF file has for vocabularies of ranks: Mistral's tekken.json and tiktoken's files.
// Does not own: reading those (TekkenLoader, TiktokenLoader).

extension GGUFVocabulary {
  /// The vocabulary that a GGUF file has for Mistral's `tekken.json`, filled up to `count` tokens.
  ///
  /// - Throws: `TokenizerError`; `unsupportedPreTokenizer` for a pattern that GGUF has no name for.
  package init(tekken json: [UInt8], count: Int = 0) throws(TokenizerError) {
    let file = try TekkenLoader.read(json)
    try self.init(
      ranked: file.pieces,
      file.kinds,
      file.special,
      stages: file.stages,
      count: count
    )
  }

  /// The vocabulary that a GGUF file has for a tiktoken rank file, filled up to `count` tokens.
  ///
  /// - Throws: `TokenizerError`; `unsupportedPreTokenizer` for a pattern that GGUF has no name for.
  package init(
    tiktoken file: [UInt8],
    encoding: TiktokenEncoding,
    count: Int = 0
  ) throws(TokenizerError) {
    let (pieces, kinds, special) = try TiktokenLoader.read(file, encoding: encoding)
    try self.init(
      ranked: pieces,
      kinds,
      special,
      stages: encoding.preTokenizer.stages,
      count: count
    )
  }

  /// A byte-level vocabulary of pieces in the order of their ranks.
  private init(
    ranked pieces: StringTable,
    _ kinds: [TokenKind],
    _ special: SpecialTokens,
    stages: [SplitStage],
    count: Int
  ) throws(TokenizerError) {
    guard let name = PreTokenizer.ggufName(stages, wholePieceFirst: true) else {
      throw .unsupportedPreTokenizer("of ranks, for which GGUF has no name")
    }
    let characters = ByteLevelAlphabet.characters
    var tokens = StringTable()
    for id in 0..<pieces.count {
      guard kinds[id] == .normal else {
        tokens.append(pieces[id])
        continue
      }
      for byte in pieces[id] { tokens.append(contentsOf: characters[Int(byte)][...]) }
      tokens.endString()
    }
    // An unknown token that no text becomes is a mark like the others.
    var types = kinds.map { Int32(($0 == .unknown ? TokenKind.control : $0).rawValue) }
    for id in tokens.count..<max(tokens.count, min(count, Vocabulary.countLimit)) {
      tokens.append("[PAD\(id)]".utf8)
      types.append(Int32(TokenKind.unused.rawValue))
    }
    self.init(
      model: "gpt2",
      preTokenizer: name,
      tokens: tokens,
      types: types,
      merges: try Self.merges(pieces, kinds, characters)
    )
    bosID = special.bos
    eosID = special.eos
    eotID = special.eot
    eomID = special.eom
    unknownID = special.unknown
    addBOS = special.bos != nil
    addEOS = false
  }

  /// Every way to make a piece of two others, pieces in the order of their ranks, as ranks merge any two symbols
  /// whose texts make a piece.
  private static func merges(
    _ pieces: StringTable,
    _ kinds: [TokenKind],
    _ characters: [[UInt8]]
  ) throws(TokenizerError) -> StringTable {
    var known: Set<ArraySlice<UInt8>> = []
    for id in 0..<pieces.count where kinds[id] == .normal { known.insert(pieces[id]) }
    var lines = StringTable()
    for id in 0..<pieces.count where kinds[id] == .normal {
      let piece = pieces[id]
      guard piece.count <= Vocabulary.pieceLimit else {
        throw .tooLarge(
          what: "bytes in a piece",
          count: piece.count,
          limit: Vocabulary.pieceLimit
        )
      }
      for cut in piece.indices.dropFirst()
      where known.contains(piece[..<cut]) && known.contains(piece[cut...]) {
        for byte in piece[..<cut] { lines.append(contentsOf: characters[Int(byte)][...]) }
        lines.append(byte: 0x20)
        for byte in piece[cut...] { lines.append(contentsOf: characters[Int(byte)][...]) }
        lines.endString()
      }
    }
    return lines
  }
}
