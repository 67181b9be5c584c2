// Owns: what a GGUF file has for a unigram vocabulary of tokenizer.json. Not the special tokens.

extension GGUFVocabulary {
  /// The score of a token that fills a gap: no way to spell a text is worse.
  static let fillerScore: Float = -1000

  /// The vocabulary of `pieces`, whose ids beyond `scores` are fillers.
  ///
  /// Of normalisers GGUF knows SentencePiece's own: a map of characters, extra spaces removed, a space before.
  ///
  /// - Throws: `TokenizerError.unsupportedSetting` for another.
  init(
    unigram pieces: (tokens: StringTable, types: [Int32]),
    scores: [Float],
    _ pipeline: HuggingFacePipeline,
    _ normalizer: JSONValue?
  ) throws(TokenizerError) {
    guard pipeline.spelling == .metaspace else {
      throw .unsupportedModel("unigrams of plain text, for which GGUF has no name")
    }
    var removesSpaces = false
    for (index, step) in pipeline.normalizer.steps.enumerated() {
      switch step {
      case .characterMap where index == 0: break
      case .mergeSpaces, .unifySpaces, .trim, .replaceSpaceRuns: removesSpaces = true
      default:
        throw .unsupportedSetting(key: "normalizer", value: "a step that GGUF has no key for")
      }
    }
    let addsPrefix = pipeline.normalizer.spacePrefix != .never
    guard addsPrefix || !removesSpaces else {
      throw .unsupportedSetting(key: "normalizer", value: "no extra spaces and none before a text")
    }
    let missing = pieces.tokens.count - scores.count
    self.init(
      model: "t5",
      preTokenizer: "default",
      tokens: pieces.tokens,
      scores: scores + [Float](repeating: Self.fillerScore, count: max(missing, 0)),
      types: pieces.types
    )
    addSpacePrefix = addsPrefix
    removeExtraWhitespaces = removesSpaces
    precompiledCharacterMap = Self.characterMap(normalizer) ?? []
  }

  /// The compiled map of the first normaliser that is one.
  private static func characterMap(_ normalizer: JSONValue?) -> [UInt8]? {
    if normalizer?["type"]?.text == "Sequence" {
      return (normalizer?["normalizers"]?.array ?? []).lazy.compactMap(characterMap).first
    }
    var map = StringTable()
    guard normalizer?["type"]?.text == "Precompiled",
      let text = normalizer?["precompiled_charsmap"]?.bytes, Base64.append(text[...], to: &map)
    else { return nil }
    return map.bytes
  }
}
