// Owns: special tokens of tokenizer.json and tokenizer_config.json. Not where they stand around a text.

extension HuggingFaceLoader {
  /// The tokens that `tokenizer_config.json` names; without it, what the template and the model say.
  static func specialTokens(
    _ settings: JSONValue?,
    _ table: HuggingFaceVocabulary,
    _ frame: HuggingFaceTemplate,
    _ model: JSONValue
  ) throws(TokenizerError) -> SpecialTokens {
    var special = SpecialTokens()
    let named: [(WritableKeyPath<SpecialTokens, TokenID?>, String)] = [
      (\.bos, "bos_token"), (\.eos, "eos_token"), (\.unknown, "unk_token"),
      (\.separator, "sep_token"), (\.padding, "pad_token"), (\.classification, "cls_token"),
      (\.mask, "mask_token"),
    ]
    for (path, key) in named {
      guard let value = settings?[key]?.present,
        let name = value.bytes ?? value["content"]?.bytes
      else { continue }
      special[keyPath: path] = table.ids[name]
    }
    if special.bos == nil { special.bos = frame.prefix.first }
    if table.family == .wordPiece {
      special.classification = special.classification ?? frame.prefix.first
      special.separator = special.separator ?? frame.suffix.last
    }
    return special
  }

  /// Follows `add_bos_token` and `add_eos_token`, which overrule the template.
  static func applySwitches(
    _ settings: JSONValue?,
    _ special: SpecialTokens,
    _ frame: inout HuggingFaceTemplate
  ) {
    if let bos = special.bos, let wanted = settings?["add_bos_token"]?.bool {
      if wanted, frame.prefix.isEmpty { frame.prefix = [bos] }
      if !wanted, frame.prefix.first == bos { frame.prefix.removeFirst() }
    }
    if let eos = special.eos, let wanted = settings?["add_eos_token"]?.bool {
      if wanted, frame.suffix.isEmpty { frame.suffix = [eos] }
      if !wanted, frame.suffix.last == eos { frame.suffix.removeLast() }
    }
  }
}

/// What the post-processor puts around a text.
struct HuggingFaceTemplate {
  var prefix: [TokenID] = []
  var suffix: [TokenID] = []

  /// What a post-processor puts around one text.
  ///
  /// - Throws: `malformedField`, `missingToken`, `unsupportedSetting`.
  init(_ processor: JSONValue?, _ table: HuggingFaceVocabulary) throws(TokenizerError) {
    guard let processor else { return }
    switch processor["type"]?.text {
    case "Sequence":
      for part in processor["processors"]?.array ?? [] {
        let frame = try HuggingFaceTemplate(part, table)
        prefix = frame.prefix + prefix
        suffix += frame.suffix
      }
    case "TemplateProcessing": try readTemplate(processor, table)
    case "BertProcessing", "RobertaProcessing":
      prefix = [try Self.pair(processor["cls"], "post_processor.cls", table)]
      suffix = [try Self.pair(processor["sep"], "post_processor.sep", table)]
    case "ByteLevel": break
    case let type:
      throw .unsupportedSetting(key: "post_processor.type", value: type ?? "nothing")
    }
  }

  private mutating func readTemplate(
    _ processor: JSONValue,
    _ table: HuggingFaceVocabulary
  ) throws(TokenizerError) {
    var isBefore = true
    for item in processor["single"]?.array ?? [] {
      if item["Sequence"] != nil {
        isBefore = false
        continue
      }
      guard let name = item["SpecialToken"]?["id"]?.bytes else {
        throw .malformedField(path: "post_processor.single", expected: "sequences and tokens")
      }
      let tokens = processor["special_tokens"]?.members?.first { $0.name == name }?.value
      guard let ids = tokens?["ids"]?.array else {
        throw .missingToken(name: String(decoding: name, as: UTF8.self))
      }
      for id in ids {
        let id = try table.check(id.integer, "post_processor.special_tokens")
        if isBefore { prefix.append(id) } else { suffix.append(id) }
      }
    }
  }

  private static func pair(
    _ value: JSONValue?,
    _ path: String,
    _ table: HuggingFaceVocabulary
  ) throws(TokenizerError) -> TokenID {
    guard let pair = value?.array, pair.count == 2 else {
      throw .malformedField(path: path, expected: "a token and its id")
    }
    return try table.check(pair[1].integer, path)
  }
}
