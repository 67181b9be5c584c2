// Owns: what tokenizer.json means as a whole: vocabulary, model, special tokens. Its pipeline is in the files beside.

/// Makes a tokenizer of Hugging Face's `tokenizer.json`, which follows the tokenizers library.
///
/// Source: https://github.com/huggingface/tokenizers. Truncation, padding and dropout are not tokenization and are
/// passed over.
enum HuggingFaceLoader {
  /// The parts of the tokenizer.
  static func load(
    json: [UInt8],
    configuration: [UInt8]?
  ) throws(TokenizerError) -> TokenizerParts {
    let root = try JSONReader.read(json)
    guard let model = root["model"]?.present, model.members != nil else {
      throw .malformedField(path: "model", expected: "an object")
    }
    let pipeline = try HuggingFacePipeline(root)
    let table = try HuggingFaceVocabulary(root, model, pipeline)
    let settings = try configuration.map { (bytes) throws(TokenizerError) in
      try JSONReader.read(bytes)
    }
    var frame = try HuggingFaceTemplate(root["post_processor"]?.present, table)
    var special = try specialTokens(settings, table, frame, model)
    special.unknown = special.unknown ?? table.unknown
    var kinds = table.kinds
    let ends = EndOfGeneration.find(table.pieces, special, kinds: &kinds)
    var parts = try self.parts(model, table, kinds, pipeline)
    try addTokens(root, &parts)
    parts.decoding = pipeline.decoding
    if pipeline.spelling == .byteLevel { parts.addReplacement() }
    applySwitches(settings, special, &frame)
    parts.prefix = frame.prefix
    parts.suffix = frame.suffix
    parts.special = special
    parts.endOfGenerationIDs = ends
    return parts
  }

  private static func parts(
    _ model: JSONValue,
    _ table: HuggingFaceVocabulary,
    _ kinds: [TokenKind],
    _ pipeline: HuggingFacePipeline
  ) throws(TokenizerError) -> TokenizerParts {
    var parts: TokenizerParts
    switch table.family {
    case .bytePair:
      parts = try bytePair(model, table, kinds, pipeline)
    case .unigram:
      let vocabulary = try Vocabulary(spelled: table.pieces, kinds: kinds, as: pipeline.spelling)
      let unigram = try UnigramModel(
        vocabulary,
        scores: table.scores,
        unknown: table.unknown,
        userDefinedScore: { _, _ in 0 }
      )
      parts = TokenizerParts(vocabulary: vocabulary, model: .unigram(unigram))
    case .wordPiece:
      guard let unknown = table.unknown else { throw .missingToken(name: "[UNK]") }
      let prefix = model["continuing_subword_prefix"]?.bytes ?? Array("##".utf8)
      parts = try WordPieceModel.parts(
        table.pieces,
        kinds,
        spelling: .prefixContinues(prefix),
        unknown: unknown,
        characterLimit: model["max_input_chars_per_word"]?.integer ?? 100,
        isolatesChinese: pipeline.isolatesChinese
      )
    }
    parts.normalizer = pipeline.normalizer
    parts.preTokenizer = PreTokenizer(stages: pipeline.stages)
    return parts
  }

  private static func bytePair(
    _ model: JSONValue,
    _ table: HuggingFaceVocabulary,
    _ kinds: [TokenKind],
    _ pipeline: HuggingFacePipeline
  ) throws(TokenizerError) -> TokenizerParts {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let value = model[key]?.text, !value.isEmpty {
        throw .unsupportedSetting(key: "model.\(key)", value: value)
      }
    }
    let vocabulary = try Vocabulary(spelled: table.pieces, kinds: kinds, as: pipeline.spelling)
    let isByteLevel = pipeline.spelling == .byteLevel
    let isPiece = { (id: Int) in kinds[id] == .normal || kinds[id] == .userDefined }
    let alphabet =
      isByteLevel
      ? MergeTables.byteAlphabet(vocabulary)
      : MergeTables.characterAlphabet(vocabulary, isPiece: isPiece).alphabet
    var fallback = Fallback(rule: .drop, unknown: table.unknown)
    if model["byte_fallback"]?.bool ?? false, kinds.contains(.byte) {
      fallback.rule = .bytes(vocabulary.byteTokens())
    } else if let unknown = table.unknown {
      fallback.rule = .unknown(unknown, fuses: model["fuse_unk"]?.bool ?? false)
    }
    let ignoresMerges = model["ignore_merges"]?.bool ?? false
    let bytePair = BytePairModel(
      alphabet: alphabet,
      pairs: try merges(model, vocabulary, pipeline.spelling),
      tokenCount: vocabulary.count,
      fallback: fallback,
      wholePieces: ignoresMerges ? .all : .none,
      safeCuts: pipeline.stages.isEmpty && !isByteLevel && !ignoresMerges
        ? SafeCuts(vocabulary.pieces, isPiece: isPiece) : nil
    )
    return TokenizerParts(vocabulary: vocabulary, model: .bytePair(bytePair))
  }

  private static func merges(
    _ model: JSONValue,
    _ vocabulary: Vocabulary,
    _ spelling: PieceSpelling
  ) throws(TokenizerError) -> PairTable {
    guard let list = model["merges"]?.array else { throw .missingMerges }
    var merges = MergeList(count: list.count)
    var line = MergeLine()
    for (index, merge) in list.enumerated() {
      switch merge {
      case .string(let text):
        let space = text.dropFirst().firstIndex(of: 0x20) ?? text.count
        guard space + 1 < text.count else {
          throw .malformedMerge(index: index, text: String(decoding: text, as: UTF8.self))
        }
        line.load(text.span, 0..<space, space + 1..<text.count, spelling)
      case .array(let parts):
        guard parts.count == 2, let left = parts[0].bytes, let right = parts[1].bytes,
          !left.isEmpty, !right.isEmpty
        else { throw .malformedMerge(index: index, text: "a list of \(parts.count)") }
        let text = left + right
        line.load(text.span, 0..<left.count, left.count..<text.count, spelling)
      default: throw .malformedField(path: "model.merges[\(index)]", expected: "two pieces")
      }
      try line.insert(index, vocabulary, into: &merges)
    }
    return PairTable(merges)
  }

  private static func addTokens(
    _ root: JSONValue,
    _ parts: inout TokenizerParts
  ) throws(TokenizerError) {
    var tokens: [AddedToken] = []
    for entry in root["added_tokens"]?.array ?? [] {
      guard let content = entry["content"]?.bytes, !content.isEmpty,
        let id = entry["id"]?.integer
      else { continue }
      var token = AddedToken(
        id: TokenID(truncatingIfNeeded: id),
        content: content,
        isControl: parts.vocabulary.kinds[id].isSpecial
      )
      token.stripsLeft = entry["lstrip"]?.bool ?? false
      token.stripsRight = entry["rstrip"]?.bool ?? false
      token.isSingleWord = entry["single_word"]?.bool ?? false
      token.isNormalized = entry["normalized"]?.bool ?? false
      tokens.append(token)
    }
    parts.addedTokens = try AddedTokens(tokens, normalizer: parts.normalizer)
  }
}
