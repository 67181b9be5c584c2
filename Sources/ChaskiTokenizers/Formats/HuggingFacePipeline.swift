// Owns: the steps of tokenizer.json around the model: normaliser, pre-tokenizer, decoder. Not the vocabulary.

/// What `tokenizer.json` does to a text before the model, and to pieces after it.
struct HuggingFacePipeline {
  var normalizer = Normalizer()
  var stages: [SplitStage] = []
  var decoding = DecodingRule()
  var spelling = PieceSpelling.plain
  /// Whether each Chinese character is a word, for WordPiece.
  var isolatesChinese = false

  private static let metaspace: [UInt8] = [0xE2, 0x96, 0x81]
  /// A longer replacement could make a text many times its size.
  private static let contentLimit = 256
  private static let growthLimit = 256
  private static let stepLimit = 64

  /// Reads the steps.
  ///
  /// - Throws: `unsupportedSetting`, `unsupportedPreTokenizer`, `malformedField`, `malformedCharacterMap`.
  init(_ root: JSONValue) throws(TokenizerError) {
    if let value = root["normalizer"]?.present {
      try readNormalizer(value)
      try checkGrowth()
    }
    if let value = root["pre_tokenizer"]?.present { try readPreTokenizer(value) }
    if let value = root["decoder"]?.present { try readDecoder(value) }
    if spelling == .metaspace { normalizer.unescapesSpaces = true }
  }

  private func unsupported(_ key: String, _ value: JSONValue) -> TokenizerError {
    .unsupportedSetting(key: key, value: value["type"]?.text ?? "nothing")
  }

  // MARK: Normaliser

  private mutating func readNormalizer(_ value: JSONValue) throws(TokenizerError) {
    switch value["type"]?.text {
    case "Sequence":
      for part in value["normalizers"]?.array ?? [] { try readNormalizer(part) }
    case "NFC": normalizer.steps.append(.form(.nfc))
    case "NFD": normalizer.steps.append(.form(.nfd))
    case "NFKC": normalizer.steps.append(.form(.nfkc))
    case "NFKD": normalizer.steps.append(.form(.nfkd))
    case "Lowercase": normalizer.steps.append(.lowercase)
    case "StripAccents": normalizer.steps.append(.strip(.mark))
    case "Strip":
      let left = value["strip_left"]?.bool ?? true
      normalizer.steps.append(.trim(left: left, right: value["strip_right"]?.bool ?? true))
    case "Prepend":
      let text = try content(value["prepend"]?.bytes, "normalizer.prepend")
      normalizer.steps.append(.prepend(Normalizer.unescape(text)))
    case "Replace": try readReplace(value)
    case "BertNormalizer": readBert(value)
    case "Precompiled":
      var map = StringTable()
      guard let text = value["precompiled_charsmap"]?.bytes, Base64.append(text[...], to: &map)
      else { throw .malformedField(path: "normalizer.precompiled_charsmap", expected: "base64") }
      normalizer.steps.append(.characterMap(try CharacterMap(map.bytes)))
    default: throw unsupported("normalizer.type", value)
    }
  }

  private func content(_ bytes: [UInt8]?, _ path: String) throws(TokenizerError) -> [UInt8] {
    guard let bytes, bytes.count <= Self.contentLimit else {
      throw .malformedField(path: path, expected: "a short string")
    }
    return bytes
  }

  /// Refuses normalisers that could make a text many times its size, or that take many steps.
  private func checkGrowth() throws(TokenizerError) {
    guard normalizer.steps.count <= Self.stepLimit else {
      throw .tooLarge(
        what: "normaliser steps",
        count: normalizer.steps.count,
        limit: Self.stepLimit
      )
    }
    var growth = 1
    for step in normalizer.steps {
      switch step {
      case .replace(let old, let new): growth *= max(1, (new.count + old.count) / max(1, old.count))
      case .replaceSpaceRuns(let new): growth *= new.count / 2 + 1
      case .characterMap: growth *= CharacterMap.textLimit
      default: break
      }
      guard growth <= Self.growthLimit else {
        throw .unsupportedSetting(key: "normalizer", value: "replacements that swell the text")
      }
    }
  }

  private mutating func readReplace(_ value: JSONValue) throws(TokenizerError) {
    let new = try content(value["content"]?.bytes, "normalizer.content")
    if let regex = value["pattern"]?["Regex"]?.text {
      guard regex == " {2,}" else {
        throw .unsupportedSetting(key: "normalizer.pattern", value: regex)
      }
      normalizer.steps.append(.replaceSpaceRuns(new))
      return
    }
    let old = try content(value["pattern"]?["String"]?.bytes, "normalizer.pattern")
    if old == [0x20], new == Self.metaspace {
      // Spaces stay spaces here: the pieces are unescaped instead.
      spelling = .metaspace
    } else {
      normalizer.steps.append(.replace(old, new))
    }
  }

  private mutating func readBert(_ value: JSONValue) {
    isolatesChinese = value["handle_chinese_chars"]?.bool ?? true
    let lowercases = value["lowercase"]?.bool ?? true
    if value["clean_text"]?.bool ?? true {
      normalizer.steps.append(.clean(spaceControlsAreSpaces: false))
    }
    if value["strip_accents"]?.bool ?? lowercases {
      normalizer.steps += [.form(.nfd), .strip(CategorySet(.nonspacingMark))]
    }
    if lowercases { normalizer.steps.append(.lowercase) }
  }

  // MARK: Pre-tokenizer

  private mutating func readPreTokenizer(_ value: JSONValue) throws(TokenizerError) {
    switch value["type"]?.text {
    case "Sequence":
      for part in value["pretokenizers"]?.array ?? [] { try readPreTokenizer(part) }
    case "ByteLevel":
      spelling = .byteLevel
      if value["use_regex"]?.bool ?? true { stages += .gpt2 }
      if value["add_prefix_space"]?.bool ?? true { normalizer.spacePrefix = .unlessSpace }
    case "Split": try readSplit(value)
    case "Digits":
      let isAlone = value["individual_digits"]?.bool ?? false
      stages.append(.run(CodePointSet(.number), minimum: 1, maximum: isAlone ? 1 : .max))
    case "Punctuation":
      let behavior = value["behavior"]?.text ?? "Isolated"
      guard behavior == "Isolated" || behavior == "Contiguous" else {
        throw .unsupportedSetting(key: "pre_tokenizer.behavior", value: behavior)
      }
      stages.append(
        .run(.anyPunctuation, minimum: 1, maximum: behavior == "Isolated" ? 1 : .max)
      )
    case "WhitespaceSplit": normalizer.steps += [.unifySpaces, .mergeSpaces]
    case "Metaspace": try readMetaspace(value)
    case "BertPreTokenizer": break
    default: throw unsupported("pre_tokenizer.type", value)
    }
  }

  private mutating func readSplit(_ value: JSONValue) throws(TokenizerError) {
    if let text = value["pattern"]?["String"]?.bytes {
      // Where spaces are spelled otherwise, no space is left to split at.
      if text == [0x20], spelling == .metaspace { return }
      throw .unsupportedPreTokenizer(String(decoding: text, as: UTF8.self))
    }
    guard let regex = value["pattern"]?["Regex"]?.text else {
      throw .malformedField(path: "pre_tokenizer.pattern", expected: "a string or an expression")
    }
    let keeps = value["behavior"]?.text == "Isolated"
    // Removing what does not match is keeping what does, as these expressions match everything.
    let removesRest = value["behavior"]?.text == "Removed" && value["invert"]?.bool ?? false
    guard keeps || removesRest else {
      throw .unsupportedSetting(
        key: "pre_tokenizer.behavior",
        value: value["behavior"]?.text ?? "nothing"
      )
    }
    guard let found = PreTokenizer.stages(regex: regex) else {
      throw .unsupportedPreTokenizer(regex)
    }
    stages += found
  }

  private mutating func readMetaspace(_ value: JSONValue) throws(TokenizerError) {
    guard value["replacement"]?.bytes == Self.metaspace else {
      throw .unsupportedSetting(
        key: "pre_tokenizer.replacement",
        value: value["replacement"]?.text ?? "nothing"
      )
    }
    spelling = .metaspace
    let old = value["add_prefix_space"]?.bool ?? true ? "always" : "never"
    switch value["prepend_scheme"]?.text ?? old {
    case "always": normalizer.spacePrefix = .unlessSpace
    case "first": normalizer.spacePrefix = .firstUnlessSpace
    case "never": normalizer.spacePrefix = .never
    case let scheme: throw .unsupportedSetting(key: "pre_tokenizer.prepend_scheme", value: scheme)
    }
    if value["split"]?.bool ?? true { stages.append(.beforeSpaces) }
  }

  // MARK: Decoder

  private mutating func readDecoder(_ value: JSONValue) throws(TokenizerError) {
    switch value["type"]?.text {
    case "Sequence":
      for part in value["decoders"]?.array ?? [] { try readDecoder(part) }
    case "ByteLevel": spelling = .byteLevel
    case "Replace":
      guard value["pattern"]?["String"]?.bytes == Self.metaspace,
        value["content"]?.bytes == [0x20]
      else { throw unsupported("decoder.type", value) }
      spelling = .metaspace
    case "ByteFallback": (decoding.repair, decoding.joinsBytes) = (.bytes, true)
    case "Fuse": break
    case "Strip":
      guard value["content"]?.bytes == [0x20], value["stop"]?.integer ?? 0 == 0 else {
        throw unsupported("decoder.type", value)
      }
      decoding.stripsLeadingSpace = value["start"]?.integer ?? 0 > 0
    case "Metaspace":
      let old = value["add_prefix_space"]?.bool ?? true ? "always" : "never"
      decoding.stripsLeadingSpace = (value["prepend_scheme"]?.text ?? old) != "never"
    case "WordPiece":
      decoding.spacesWords = true
      decoding.cleansUp = value["cleanup"]?.bool ?? true
    default: throw unsupported("decoder.type", value)
    }
  }
}
