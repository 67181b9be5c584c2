// Owns: reading the tables and flags of GGUF's metadata. Not the families.

extension GGUFLoader {
  /// The kind of every token.
  static func readKinds(_ source: GGUFVocabulary) throws(TokenizerError) -> [TokenKind] {
    let count = source.tokens.count
    guard !source.types.isEmpty else { return [TokenKind](repeating: .normal, count: count) }
    guard source.types.count == count else {
      throw .countMismatch(table: "token types", expected: count, found: source.types.count)
    }
    var kinds: [TokenKind] = []
    kinds.reserveCapacity(count)
    for (id, type) in source.types.enumerated() {
      guard type != 0 else {
        kinds.append(.unused)
        continue
      }
      guard let code = UInt8(exactly: type), let kind = TokenKind(rawValue: code) else {
        throw .unknownTokenType(id: id, type: Int(type))
      }
      kinds.append(kind)
    }
    return kinds
  }

  /// The score of every token.
  static func readScores(_ source: GGUFVocabulary) throws(TokenizerError) -> [Float] {
    let count = source.tokens.count
    guard !source.scores.isEmpty else { return [Float](repeating: 0, count: count) }
    guard source.scores.count == count else {
      throw .countMismatch(table: "scores", expected: count, found: source.scores.count)
    }
    if let id = source.scores.firstIndex(where: \.isNaN) { throw .invalidScore(id: id) }
    return source.scores
  }

  /// The model's own special tokens, those the vocabulary is large enough for.
  static func defaults(
    _ source: GGUFVocabulary,
    bos: TokenID? = nil,
    eos: TokenID? = nil,
    unknown: TokenID? = nil,
    separator: TokenID? = nil,
    padding: TokenID? = nil
  ) -> SpecialTokens {
    var special = SpecialTokens()
    special.bos = valid(bos, source)
    special.eos = valid(eos, source)
    special.unknown = valid(unknown, source)
    special.separator = valid(separator, source)
    special.padding = valid(padding, source)
    return special
  }

  static func valid(_ id: TokenID?, _ source: GGUFVocabulary) -> TokenID? {
    id.flatMap { Int($0) < source.tokens.count ? $0 : nil }
  }

  /// Takes over the ids that the file names, finds the tokens that end an answer, and marks what they are.
  static func readSpecial(
    _ source: GGUFVocabulary,
    _ special: inout SpecialTokens,
    _ kinds: inout [TokenKind]
  ) throws(TokenizerError) -> Set<TokenID> {
    let named: [(WritableKeyPath<SpecialTokens, TokenID?>, TokenID?, String)] = [
      (\.bos, source.bosID, "bos_token_id"), (\.eos, source.eosID, "eos_token_id"),
      (\.eot, source.eotID, "eot_token_id"), (\.eom, source.eomID, "eom_token_id"),
      (\.unknown, source.unknownID, "unknown_token_id"),
      (\.separator, source.separatorID, "seperator_token_id"),
      (\.padding, source.paddingID, "padding_token_id"),
      (\.classification, source.classificationID, "cls_token_id"),
      (\.mask, source.maskID, "mask_token_id"),
      (\.infillPrefix, source.infillPrefixID, "fim_pre_token_id"),
      (\.infillSuffix, source.infillSuffixID, "fim_suf_token_id"),
      (\.infillMiddle, source.infillMiddleID, "fim_mid_token_id"),
      (\.infillRepository, source.infillRepositoryID, "fim_rep_token_id"),
      (\.infillFile, source.infillFileID, "fim_sep_token_id"),
    ]
    for (path, id, name) in named {
      guard let id, id >= 0 else { continue }
      guard Int(id) < source.tokens.count else {
        throw .idOutOfRange(
          name: "tokenizer.ggml.\(name)",
          id: Int(id),
          vocabularyCount: source.tokens.count
        )
      }
      special[keyPath: path] = id
    }
    return EndOfGeneration.find(source.tokens, special, kinds: &kinds, includesText: true)
  }

  /// Makes control, unknown and user-defined tokens findable in text.
  static func addTokens(
    _ source: GGUFVocabulary,
    _ parts: inout TokenizerParts
  ) throws(TokenizerError) {
    let name = source.modelName?.lowercased() ?? ""
    let isPhi3 = name.contains("phi-3") || name.contains("phi3")
    let keepsRight: Set<String> = ["<unk>", "<s>", "<|endoftext|>"]
    var tokens: [AddedToken] = []
    for id in 0..<parts.vocabulary.count {
      let kind = parts.vocabulary.kinds[id]
      guard kind == .control || kind == .unknown || kind == .userDefined else { continue }
      let content = Array(parts.vocabulary.pieces[id])
      guard !content.isEmpty else { continue }
      var token = AddedToken(id: TokenID(id), content: content, isControl: kind != .userDefined)
      let text = String(decoding: content, as: UTF8.self)
      token.stripsRight = isPhi3 && !keepsRight.contains(text)
      token.stripsLeft = text == maskThatStripsLeft(source, name)
      tokens.append(token)
    }
    parts.addedTokens = try AddedTokens(tokens, normalizer: parts.normalizer)
  }

  /// The mask token of models in whose training the space before it belonged to it.
  private static func maskThatStripsLeft(_ source: GGUFVocabulary, _ name: String) -> String? {
    let jina: Set<String> = ["jina-v2-de", "jina-v2-es", "jina-v2-code"]
    if jina.contains(source.preTokenizer ?? "") { return "<mask>" }
    if ["nomic-bert-moe", "jina-bert-v3"].contains(source.architecture ?? "") { return "<mask>" }
    return name.contains("modern-bert") ? "[MASK]" : nil
  }

  /// Notes what stands around a text, by the file's flags or else the model's habit.
  static func addMarks(
    _ source: GGUFVocabulary,
    _ parts: inout TokenizerParts,
    bos: Bool,
    eos: Bool
  ) {
    if source.addBOS ?? bos, let id = parts.special.bos { parts.prefix = [id] }
    if source.addEOS ?? eos, let id = parts.special.eos { parts.suffix = [id] }
    if source.addSeparator ?? false, !(source.addEOS ?? eos), let id = parts.special.separator {
      parts.suffix = [id]
    }
  }
}
