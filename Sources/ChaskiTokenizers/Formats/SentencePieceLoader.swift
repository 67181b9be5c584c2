// Owns: what a SentencePiece model file means. Not reading its bytes.

/// Makes a tokenizer of a SentencePiece model file, which follows the sentencepiece library.
enum SentencePieceLoader {
  /// The parts of the tokenizer.
  static func load(_ bytes: [UInt8]) throws(TokenizerError) -> TokenizerParts {
    let file = try SentencePieceFile(bytes)
    guard file.escapesSpaces else {
      throw .unsupportedSetting(key: "normalizer_spec.escape_whitespaces", value: "false")
    }
    let special = specialTokens(file)
    var kinds = file.kinds
    let ends = EndOfGeneration.find(file.pieces, special, kinds: &kinds)
    let vocabulary = try Vocabulary(spelled: file.pieces, kinds: kinds, as: .metaspace)
    var parts = TokenizerParts(
      vocabulary: vocabulary,
      model: try model(file, vocabulary, special)
    )
    parts.normalizer = try normalizer(file)
    parts.decoding.stripsLeadingSpace = file.addsDummyPrefix && !file.treatsSpaceAsSuffix
    parts.decoding.repair = .bytes
    parts.special = special
    parts.endOfGenerationIDs = ends
    if let bos = special.bos { parts.prefix = [bos] }
    try addTokens(&parts)
    return parts
  }

  private static func specialTokens(_ file: SentencePieceFile) -> SpecialTokens {
    func token(_ id: Int) -> TokenID? {
      file.kinds.indices.contains(id) ? TokenID(id) : nil
    }
    func control(_ id: Int) -> TokenID? {
      token(id).flatMap { file.kinds[Int($0)] == .control ? $0 : nil }
    }
    var special = SpecialTokens()
    special.unknown =
      file.kinds.firstIndex(of: .unknown).map { TokenID($0) } ?? token(file.unknownID)
    special.bos = control(file.bosID)
    special.eos = control(file.eosID)
    special.padding = control(file.paddingID)
    return special
  }

  private static func model(
    _ file: SentencePieceFile,
    _ vocabulary: Vocabulary,
    _ special: SpecialTokens
  ) throws(TokenizerError) -> TokenizerParts.Model {
    switch file.modelType {
    case 1:
      // A user-defined piece beats any way to spell it.
      return .unigram(
        try UnigramModel(
          vocabulary,
          scores: file.scores,
          unknown: special.unknown,
          userDefinedScore: { count, best in Float(count) * best - 0.1 }
        )
      )
    case 2:
      return .bytePair(
        try ScoredMerges.model(vocabulary, scores: file.scores, unknown: special.unknown)
      )
    default: throw .unsupportedModel("SentencePiece model type \(file.modelType)")
    }
  }

  private static func normalizer(
    _ file: SentencePieceFile
  ) throws(TokenizerError) -> Normalizer {
    var normalizer = Normalizer()
    if !file.characterMap.isEmpty {
      normalizer.steps.append(.characterMap(try CharacterMap(file.characterMap)))
    }
    if file.removesExtraSpaces { normalizer.steps.append(.mergeSpaces) }
    normalizer.unescapesSpaces = true
    normalizer.spacePrefix = file.addsDummyPrefix ? .always : .never
    normalizer.spaceIsSuffix = file.treatsSpaceAsSuffix
    return normalizer
  }

  /// User-defined pieces are part of the normalised text; control tokens are ours to find, and only if asked.
  private static func addTokens(_ parts: inout TokenizerParts) throws(TokenizerError) {
    var tokens: [AddedToken] = []
    for id in 0..<parts.vocabulary.count {
      let kind = parts.vocabulary.kinds[id]
      guard kind == .control || kind == .unknown || kind == .userDefined else { continue }
      let content = Array(parts.vocabulary.pieces[id])
      guard !content.isEmpty else { continue }
      var token = AddedToken(id: TokenID(id), content: content, isControl: kind != .userDefined)
      token.isNormalized = kind == .userDefined
      tokens.append(token)
    }
    parts.addedTokens = try AddedTokens(tokens, normalizer: parts.normalizer)
  }
}
