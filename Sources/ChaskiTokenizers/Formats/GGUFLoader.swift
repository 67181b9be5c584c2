// Owns: what GGUF's metadata means: families, defaults, and rules that files leave out. Not reading the file.

/// Makes a tokenizer of GGUF metadata.
///
/// Where engines differ, llama.cpp's reading counts.
enum GGUFLoader {
  /// The parts of the tokenizer.
  static func load(_ source: GGUFVocabulary) throws(TokenizerError) -> TokenizerParts {
    guard source.tokens.count > 0 else { throw .emptyVocabulary }
    switch source.model {
    case "gpt2": return try byteLevel(source)
    case "llama": return try sentencePiece(source)
    case "gemma4": return try plainMerges(source)
    case "t5": return try unigram(source)
    case "bert": return try wordPiece(source)
    default: throw .unsupportedModel(source.model)
    }
  }

  // MARK: Families

  private static func byteLevel(
    _ source: GGUFVocabulary
  ) throws(TokenizerError) -> TokenizerParts {
    guard source.merges.count > 0 else { throw .missingMerges }
    let name = source.preTokenizer ?? "default"
    guard let format = PreTokenizer.Named(gguf: name) else { throw .unsupportedPreTokenizer(name) }
    var special = SpecialTokens()
    var kinds = try readKinds(source)
    let ends = try readSpecial(source, &special, &kinds)
    let vocabulary = try Vocabulary(spelled: source.tokens, kinds: kinds, as: .byteLevel)
    let model = BytePairModel(
      alphabet: MergeTables.byteAlphabet(vocabulary),
      pairs: try MergeTables.listed(source.merges, vocabulary, spelling: .byteLevel),
      tokenCount: vocabulary.count,
      fallback: Fallback(rule: .drop),
      wholePieces: format.wholePieceFirst ? .all : .none
    )
    var parts = TokenizerParts(vocabulary: vocabulary, model: .bytePair(model))
    parts.preTokenizer = format.preTokenizer
    parts.special = special
    parts.endOfGenerationIDs = ends
    try addTokens(source, &parts)
    addMarks(source, &parts, bos: format.addsBOS, eos: false)
    parts.addReplacement()
    return parts
  }

  private static func sentencePiece(
    _ source: GGUFVocabulary
  ) throws(TokenizerError) -> TokenizerParts {
    var special = defaults(source, bos: 1, eos: 2, unknown: 0)
    var kinds = try readKinds(source)
    let ends = try readSpecial(source, &special, &kinds)
    let scores = try readScores(source)
    let vocabulary = try Vocabulary(spelled: source.tokens, kinds: kinds, as: .metaspace)
    let model = try ScoredMerges.model(vocabulary, scores: scores, unknown: special.unknown)
    var parts = TokenizerParts(vocabulary: vocabulary, model: .bytePair(model))
    parts.normalizer.unescapesSpaces = true
    parts.normalizer.spacePrefix = source.addSpacePrefix ?? true ? .always : .never
    parts.decoding.stripsLeadingSpace = source.addSpacePrefix ?? true
    parts.decoding.repair = .bytes
    parts.special = special
    parts.endOfGenerationIDs = ends
    try addTokens(source, &parts)
    addMarks(source, &parts, bos: true, eos: false)
    return parts
  }

  /// Gemma 4: a list of merges over characters, spaces spelled as SentencePiece does.
  private static func plainMerges(
    _ source: GGUFVocabulary
  ) throws(TokenizerError) -> TokenizerParts {
    guard source.merges.count > 0 else { throw .missingMerges }
    var special = SpecialTokens()
    var kinds = try readKinds(source)
    let ends = try readSpecial(source, &special, &kinds)
    let vocabulary = try Vocabulary(spelled: source.tokens, kinds: kinds, as: .metaspace)
    let isPiece = { (id: Int) in kinds[id] == .normal || kinds[id] == .userDefined }
    let model = BytePairModel(
      alphabet: MergeTables.characterAlphabet(vocabulary, isPiece: isPiece).alphabet,
      pairs: try MergeTables.listed(source.merges, vocabulary, spelling: .metaspace),
      tokenCount: vocabulary.count,
      fallback: Fallback(rule: .bytes(vocabulary.byteTokens()), unknown: special.unknown),
      wholePieces: .newlines,
      safeCuts: SafeCuts(vocabulary.pieces, isPiece: isPiece)
    )
    var parts = TokenizerParts(vocabulary: vocabulary, model: .bytePair(model))
    parts.preTokenizer.stages = [.run(.newline, minimum: 1, maximum: .max)]
    parts.decoding.repair = .bytes
    parts.normalizer.unescapesSpaces = true
    parts.special = special
    parts.endOfGenerationIDs = ends
    try addTokens(source, &parts)
    // Files say false by mistake: the model was never trained without.
    var marked = source
    marked.addBOS = true
    addMarks(marked, &parts, bos: true, eos: false)
    return parts
  }

  private static func unigram(_ source: GGUFVocabulary) throws(TokenizerError) -> TokenizerParts {
    var special = defaults(source, eos: 1, unknown: 2, padding: 0)
    var kinds = try readKinds(source)
    let ends = try readSpecial(source, &special, &kinds)
    let scores = try readScores(source)
    let vocabulary = try Vocabulary(spelled: source.tokens, kinds: kinds, as: .metaspace)
    let model = try UnigramModel(
      vocabulary,
      scores: scores,
      unknown: special.unknown,
      userDefinedScore: { _, _ in 0 }
    )
    var parts = TokenizerParts(vocabulary: vocabulary, model: .unigram(model))
    if !source.precompiledCharacterMap.isEmpty {
      parts.normalizer.steps.append(
        .characterMap(try CharacterMap(source.precompiledCharacterMap))
      )
    }
    parts.normalizer.unescapesSpaces = true
    let merges = source.removeExtraWhitespaces ?? false
    if merges { parts.normalizer.steps.append(.mergeSpaces) }
    parts.normalizer.spacePrefix = source.addSpacePrefix ?? false || merges ? .always : .never
    parts.decoding.stripsLeadingSpace = true
    parts.decoding.repair = .bytes
    parts.special = special
    parts.endOfGenerationIDs = ends
    try addTokens(source, &parts)
    addMarks(source, &parts, bos: false, eos: true)
    return parts
  }

  private static func wordPiece(
    _ source: GGUFVocabulary
  ) throws(TokenizerError) -> TokenizerParts {
    var special = defaults(source, bos: 101, unknown: 100, separator: 102, padding: 0)
    special.mask = valid(103, source)
    special.classification = special.bos
    var kinds = try readKinds(source)
    let ends = try readSpecial(source, &special, &kinds)
    special.bos = special.classification ?? special.bos
    guard let unknown = special.unknown else { throw .missingToken(name: "[UNK]") }
    let lowercases = source.lowercase ?? true
    let strips = source.stripAccents ?? lowercases
    var parts = try WordPieceModel.parts(
      source.tokens,
      kinds,
      spelling: .spaceBegins,
      unknown: unknown,
      characterLimit: .max,
      isolatesChinese: true
    )
    parts.normalizer.steps =
      (strips ? [.firstPart] : []) + [.clean(spaceControlsAreSpaces: true)]
      + (strips ? [.strip(.mark)] : [])
      + (lowercases ? [.lowercase] : [])
    parts.special = special
    parts.endOfGenerationIDs = ends
    try addTokens(source, &parts)
    if let bos = special.bos { parts.prefix = [bos] }
    if let separator = special.separator { parts.suffix = [separator] }
    return parts
  }
}
