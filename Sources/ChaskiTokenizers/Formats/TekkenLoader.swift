// Owns: Mistral's tekken.json. Not the ranks' algorithm.

/// Makes a tokenizer of Mistral's `tekken.json`: ranks, with the special tokens before them.
///
/// Source: `tokens/tokenizers/tekken.py` of https://github.com/mistralai/mistral-common.
enum TekkenLoader {
  /// The special tokens of files that do not list them.
  private static let oldNames = [
    "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]",
    "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]",
    "[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]",
    "[TOOL_CONTENT]",
  ]

  /// What the file says.
  struct Content {
    var pieces: StringTable
    var kinds: [TokenKind]
    var special: SpecialTokens
    var stages: [SplitStage]
    var firstRank: Int
  }

  /// The parts of the tokenizer.
  static func load(_ json: [UInt8]) throws(TokenizerError) -> TokenizerParts {
    let content = try read(json)
    var parts = try TiktokenLoader.parts(
      content.pieces,
      content.kinds,
      content.special,
      preTokenizer: PreTokenizer(stages: content.stages),
      firstRank: content.firstRank
    )
    parts.prefix = [1]
    return parts
  }

  /// Reads the file.
  static func read(_ json: [UInt8]) throws(TokenizerError) -> Content {
    let root = try JSONReader.read(json)
    let config = try field(root, "config", "an object", \.members).isEmpty ? nil : root["config"]
    guard let config, let pattern = config["pattern"]?.text else {
      throw .malformedField(path: "config.pattern", expected: "a string")
    }
    guard let stages = PreTokenizer.stages(regex: pattern) else {
      throw .unsupportedPreTokenizer(pattern)
    }
    let total = try field(config, "default_vocab_size", "a number", \.integer)
    let specialCount = try field(config, "default_num_special_tokens", "a number", \.integer)
    guard specialCount >= 3, total > specialCount, total <= Vocabulary.countLimit else {
      throw .malformedField(path: "config.default_vocab_size", expected: "a count of tokens")
    }
    var pieces = StringTable()
    try appendNames(root, specialCount, to: &pieces)
    try appendRanks(root, total - specialCount, to: &pieces)
    var kinds = [TokenKind](repeating: .control, count: specialCount)
    kinds[0] = .unknown
    kinds += [TokenKind](repeating: .normal, count: pieces.count - specialCount)
    var special = SpecialTokens()
    special.unknown = 0
    special.bos = 1
    special.eos = 2
    return Content(
      pieces: pieces,
      kinds: kinds,
      special: special,
      stages: stages,
      firstRank: specialCount
    )
  }

  private static func field<T>(
    _ value: JSONValue,
    _ name: String,
    _ expected: String,
    _ path: KeyPath<JSONValue, T?>
  ) throws(TokenizerError) -> T {
    guard let field = value[name]?[keyPath: path] else {
      throw .malformedField(path: name, expected: expected)
    }
    return field
  }

  private static func appendNames(
    _ root: JSONValue,
    _ count: Int,
    to pieces: inout StringTable
  ) throws(TokenizerError) {
    var names = oldNames.map { Array($0.utf8) }
    if let listed = root["special_tokens"]?.array {
      names = []
      for (position, token) in listed.enumerated() {
        guard let name = token["token_str"]?.bytes, token["rank"]?.integer == position else {
          throw .malformedField(
            path: "special_tokens[\(position)]",
            expected: "a rank and a string"
          )
        }
        names.append(name)
      }
    }
    guard names.count <= count || root["special_tokens"]?.array == nil else {
      throw .tooLarge(what: "special tokens", count: names.count, limit: count)
    }
    for position in 0..<count {
      pieces.append(
        position < names.count ? names[position] : Array("<SPECIAL_\(position)>".utf8)
      )
    }
  }

  private static func appendRanks(
    _ root: JSONValue,
    _ count: Int,
    to pieces: inout StringTable
  ) throws(TokenizerError) {
    let vocabulary = try field(root, "vocab", "an array", \.array)
    for (rank, entry) in vocabulary.prefix(count).enumerated() {
      guard entry["rank"]?.integer == rank, let bytes = entry["token_bytes"]?.bytes,
        Base64.append(bytes[...], to: &pieces)
      else {
        throw .malformedField(path: "vocab[\(rank)]", expected: "the rank \(rank) and base64 bytes")
      }
      pieces.endString()
    }
  }
}
