// Owns: what a GGUF file has for a tokenizer of Hugging Face's files. Not the keys' spelling, nor writing them.

extension GGUFVocabulary {
  /// The vocabulary that a GGUF file has for a folder's tokenizer.
  ///
  /// Byte-level vocabularies become "gpt2" with the name of their pre-tokenizer, unigrams "t5". SentencePiece's
  /// byte pairs become "llama"
  /// with scores: those of `sentencePiece`, the folder's `tokenizer.model`, or else the merges' order, which is
  /// what such scores say. Ids without a piece are filled, as tables have no gaps, and so are ids up to `count`,
  /// the rows of the model's embedding.
  ///
  /// - Throws: `TokenizerError`; `unsupportedModel` or `unsupportedPreTokenizer` for what GGUF has no name for.
  package init(
    huggingFace json: [UInt8],
    configuration: [UInt8]? = nil,
    sentencePiece: [UInt8]? = nil,
    count: Int = 0
  ) throws(TokenizerError) {
    let root = try JSONReader.read(json)
    guard let model = root["model"]?.present, model.members != nil else {
      throw .malformedField(path: "model", expected: "an object")
    }
    let pipeline = try HuggingFacePipeline(root)
    let table = try HuggingFaceVocabulary(root, model, pipeline)
    var settings: JSONValue?
    if let configuration { settings = try JSONReader.read(configuration) }
    var frame = try HuggingFaceTemplate(root["post_processor"]?.present, table)
    var special = try HuggingFaceLoader.specialTokens(settings, table, frame, model)
    special.unknown = special.unknown ?? table.unknown
    HuggingFaceLoader.applySwitches(settings, special, &frame)

    guard table.family != .wordPiece else {
      throw .unsupportedModel("WordPiece, for which Chaski writes no GGUF file yet")
    }
    var pieces = Self.filled(table, count)
    if table.family == .unigram {
      try self.init(unigram: pieces, scores: table.scores, pipeline, root["normalizer"]?.present)
    } else if pipeline.spelling == .byteLevel {
      // An unknown token that was added is a mark like the others.
      for id in table.ids.values where table.kinds[Int(id)] == .unknown {
        pieces.types[Int(id)] = Int32(TokenKind.control.rawValue)
      }
      let ignoresMerges = model["ignore_merges"]?.bool ?? false
      guard let name = PreTokenizer.ggufName(pipeline.stages, wholePieceFirst: ignoresMerges) else {
        throw .unsupportedPreTokenizer("of tokenizer.json, for which GGUF has no name")
      }
      self.init(model: "gpt2", preTokenizer: name, tokens: pieces.tokens, types: pieces.types)
      merges = try Self.mergeLines(model)
    } else {
      guard pipeline.spelling == .metaspace else {
        throw .unsupportedModel("plain byte pairs, for which GGUF has no name")
      }
      let scores = try Self.scores(&pieces, table, model, sentencePiece)
      self.init(
        model: "llama",
        preTokenizer: "default",
        tokens: pieces.tokens,
        scores: scores,
        types: pieces.types
      )
      // A prefix is the default where the key is absent.
      if !pipeline.addsSpacePrefix { addSpacePrefix = false }
    }
    bosID = special.bos
    // A mark behind every text that the settings do not name is the end, if it is not what separates texts.
    eosID = special.eos ?? (special.separator == nil ? frame.suffix.last : nil)
    unknownID = special.unknown
    paddingID = special.padding
    separatorID = special.separator
    classificationID = special.classification
    maskID = special.mask
    addBOS = special.bos.map { frame.prefix.first == $0 } ?? false
    addEOS = eosID.map { frame.suffix.last == $0 } ?? false
  }

  /// The tokens and their kinds by GGUF's numbers, without gaps.
  private static func filled(
    _ table: HuggingFaceVocabulary,
    _ count: Int
  ) -> (tokens: StringTable, types: [Int32]) {
    var tokens = StringTable()
    var types: [Int32] = []
    for id in 0..<max(table.kinds.count, min(count, Vocabulary.countLimit)) {
      guard id < table.kinds.count, table.kinds[id] != .unused else {
        tokens.append("[PAD\(id)]".utf8)
        types.append(Int32(TokenKind.unused.rawValue))
        continue
      }
      tokens.append(table.pieces[id])
      types.append(Int32(table.kinds[id].rawValue))
    }
    return (tokens, types)
  }

  /// Each merge as a line.
  private static func mergeLines(_ model: JSONValue) throws(TokenizerError) -> StringTable {
    guard let list = model["merges"]?.array, !list.isEmpty else { throw .missingMerges }
    var lines = StringTable()
    for (index, merge) in list.enumerated() {
      let (left, right) = try pair(merge, index)
      lines.append(left + [0x20] + right)
    }
    return lines
  }

  private static func pair(
    _ merge: JSONValue,
    _ index: Int
  ) throws(TokenizerError) -> (left: [UInt8], right: [UInt8]) {
    if let text = merge.bytes, let space = text.dropFirst().firstIndex(of: 0x20),
      space + 1 < text.count
    {
      return (Array(text[..<space]), Array(text[(space + 1)...]))
    }
    if let parts = merge.array, parts.count == 2, let left = parts[0].bytes,
      let right = parts[1].bytes
    {
      return (left, right)
    }
    throw .malformedMerge(index: index, text: "neither a line nor two pieces")
  }

  /// The score of each token; kinds that only `tokenizer.model` knows are taken over.
  private static func scores(
    _ pieces: inout (tokens: StringTable, types: [Int32]),
    _ table: HuggingFaceVocabulary,
    _ model: JSONValue,
    _ sentencePiece: [UInt8]?
  ) throws(TokenizerError) -> [Float] {
    var scores = [Float](repeating: 0, count: pieces.tokens.count)
    if let file = try sentencePiece.map({ (bytes) throws(TokenizerError) in
      try SentencePieceFile(bytes)
    }), file.modelType == 2, file.pieces.count <= pieces.tokens.count {
      for id in 0..<file.pieces.count where file.pieces[id].elementsEqual(pieces.tokens[id]) {
        scores[id] = file.scores[id]
        let isMark = table.kinds[id] != .normal && file.kinds[id] == .normal
        if !isMark { pieces.types[id] = Int32(file.kinds[id].rawValue) }
      }
      return scores
    }
    // Merging what makes the better piece first is merging in this order.
    var ranks: [[UInt8]: Int] = [:]
    for (index, merge) in (model["merges"]?.array ?? []).enumerated() {
      let (left, right) = try pair(merge, index)
      if ranks[left + right] == nil { ranks[left + right] = ranks.count }
    }
    for id in 0..<pieces.tokens.count where pieces.types[id] == 1 {
      // What no merge makes is a character, which nothing competes with.
      scores[id] = -Float(ranks[Array(pieces.tokens[id])] ?? ranks.count)
    }
    return scores
  }
}

extension HuggingFacePipeline {
  /// Whether a text gets a space before it.
  fileprivate var addsSpacePrefix: Bool {
    if normalizer.spacePrefix != .never { return true }
    return normalizer.steps.contains { step in
      if case .prepend(let text) = step { text == [0x20] } else { false }
    }
  }
}

extension PreTokenizer {
  /// The name that GGUF files give a pre-tokenizer of these stages, or nil if they have none.
  static func ggufName(_ stages: [SplitStage], wholePieceFirst: Bool) -> String? {
    switch stages {
    case .llama3: wholePieceFirst ? "llama-bpe" : "dbrx"
    case .tekken where wholePieceFirst: "tekken"
    case .gpt2: "gpt-2"
    case .digitsThenGPT2: "smollm"
    case .qwen2: "qwen2"
    case [.markedWords]: "qwen35"
    case .o200k: "gpt-4o"
    case .deepSeekLLM: "deepseek-llm"
    case .deepSeekCoder: "deepseek-coder"
    case .deepSeekV3: "deepseek-v3"
    case .falcon: "falcon"
    default: nil
    }
  }
}

extension GGUFVocabulary {
  /// The vocabulary that a GGUF file has for a SentencePiece `tokenizer.model` without a `tokenizer.json`,
  /// filled up to `count` tokens.
  ///
  /// - Throws: `TokenizerError`; `unsupportedModel` for a kind other than byte pairs and unigrams.
  package init(sentencePiece model: [UInt8], count: Int = 0) throws(TokenizerError) {
    let file = try SentencePieceFile(model)
    guard file.modelType == 1 || file.modelType == 2 else {
      throw .unsupportedModel("SentencePiece model type \(file.modelType)")
    }
    var tokens = file.pieces
    var scores = file.scores
    var types = file.kinds.map { Int32($0.rawValue) }
    for id in tokens.count..<max(tokens.count, min(count, Vocabulary.countLimit)) {
      tokens.append("[PAD\(id)]".utf8)
      scores.append(file.modelType == 1 ? Self.fillerScore : 0)
      types.append(Int32(TokenKind.unused.rawValue))
    }
    self.init(
      model: file.modelType == 1 ? "t5" : "llama",
      preTokenizer: "default",
      tokens: tokens,
      scores: scores,
      types: types
    )
    if file.modelType == 1 {
      addSpacePrefix = file.addsDummyPrefix
      removeExtraWhitespaces = file.removesExtraSpaces
      precompiledCharacterMap = file.characterMap
    }
    func control(_ id: Int) -> TokenID? {
      file.kinds.indices.contains(id) && file.kinds[id] == .control ? TokenID(id) : nil
    }
    bosID = control(file.bosID)
    eosID = control(file.eosID)
    paddingID = control(file.paddingID)
    unknownID = file.kinds.firstIndex(of: .unknown).map { TokenID($0) }
    addBOS = bosID != nil
    addEOS = false
    if !file.addsDummyPrefix { addSpacePrefix = false }
  }
}
