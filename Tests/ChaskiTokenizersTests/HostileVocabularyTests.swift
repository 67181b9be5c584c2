// Owns: that broken vocabularies give errors that say what is wrong. Not what good ones do.

import ChaskiTokenizers
import Foundation
import Testing

@Suite struct HostileVocabularyTests {
  private func gguf(_ change: (inout GGUFVocabulary) -> Void) throws -> Tokenizer {
    var vocabulary = TinyVocabulary.byteLevel()
    change(&vocabulary)
    return try Tokenizer(gguf: vocabulary)
  }

  private func pieces(_ change: (inout GGUFVocabulary) -> Void) throws -> Tokenizer {
    var vocabulary = TinyVocabulary.sentencePiece(["▁", "a"])
    change(&vocabulary)
    return try Tokenizer(gguf: vocabulary)
  }

  @Test func `tables that contradict each other throw`() {
    let count = TinyVocabulary.byteLevel().tokens.count
    #expect(throws: TokenizerError.emptyVocabulary) { try gguf { $0.tokens = StringTable() } }
    #expect(throws: TokenizerError.countMismatch(table: "token types", expected: count, found: 3)) {
      try gguf { $0.types = [1, 1, 1] }
    }
    #expect(throws: TokenizerError.countMismatch(table: "scores", expected: 261, found: 1)) {
      try pieces { $0.scores = [1] }
    }
    #expect(throws: TokenizerError.invalidScore(id: 260)) { try pieces { $0.scores[260] = .nan } }
    #expect(throws: TokenizerError.unknownTokenType(id: 0, type: -7)) {
      try gguf { $0.types[0] = -7 }
    }
    #expect(throws: TokenizerError.unknownTokenType(id: 0, type: 257)) {
      try gguf { $0.types[0] = 257 }
    }
    #expect(throws: TokenizerError.malformedStringTable(index: 1, end: 0, byteCount: 2)) {
      try StringTable(bytes: [1, 2], ends: [1, 0])
    }
    #expect(throws: TokenizerError.malformedStringTable(index: 0, end: 3, byteCount: 2)) {
      try StringTable(bytes: [1, 2], ends: [3])
    }
  }

  @Test func `ids outside the vocabulary throw`() {
    let count = TinyVocabulary.byteLevel().tokens.count
    #expect(
      throws: TokenizerError.idOutOfRange(
        name: "tokenizer.ggml.bos_token_id",
        id: count,
        vocabularyCount: count
      )
    ) { try gguf { $0.bosID = TokenID(count) } }
    #expect(throws: TokenizerError.self) { try gguf { $0.eosID = .max } }
    #expect(throws: Never.self) { try gguf { $0.eosID = -1 } }
  }

  @Test func `merges that do not fit the pieces throw`() {
    #expect(throws: TokenizerError.missingMerges) { try gguf { $0.merges = StringTable() } }
    for merge in ["", "a", "a ", " ", " a"] {
      #expect(throws: TokenizerError.malformedMerge(index: 0, text: merge)) {
        try gguf { $0.merges = StringTable([merge]) }
      }
    }
    #expect(throws: TokenizerError.unknownMerge(index: 0, piece: "xyz")) {
      try gguf { $0.merges = StringTable(["a xyz"]) }
    }
    #expect(throws: TokenizerError.unknownMerge(index: 0, piece: "qq")) {
      try gguf { $0.merges = StringTable(["q q"]) }
    }
  }

  @Test func `two tokens of one text throw`() {
    #expect(throws: TokenizerError.duplicateToken(piece: "a", first: 260, second: 261)) {
      try Tokenizer(gguf: TinyVocabulary.sentencePiece(["▁", "a", "a"]))
    }
  }

  @Test(arguments: ["<0x-1>", "<0xG0>", "<0x1>", "<0x123>", "", "<0x41", "0x41", "<0X41>"])
  func `a byte token that names no byte throws`(piece: String) {
    #expect(throws: TokenizerError.malformedByteToken(id: 3, piece: piece)) {
      try pieces { vocabulary in
        vocabulary.tokens = StringTable(
          (0..<vocabulary.tokens.count).map { $0 == 3 ? piece : vocabulary.tokens.text($0) }
        )
      }
    }
  }

  @Test func `unknown families throw`() {
    #expect(throws: TokenizerError.unsupportedModel("rwkv")) { try gguf { $0.model = "rwkv" } }
    #expect(throws: TokenizerError.unsupportedPreTokenizer("newest")) {
      try gguf { $0.preTokenizer = "newest" }
    }
  }

  @Test func `a charsmap that points outside itself throws or ends`() throws {
    for map in [[1], [255, 255, 255, 255], [4, 0, 0, 0, 1], [3, 0, 0, 0, 1, 2, 3]] as [[UInt8]] {
      #expect(throws: TokenizerError.self) {
        try Tokenizer(gguf: unigram { $0.precompiledCharacterMap = map })
      }
    }
    var random = SplitMix(state: 9)
    for _ in 0..<300 {
      let units = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
      let map = [64, 0, 0, 0] + units + [0x41, 0]
      let tokenizer = try Tokenizer(gguf: unigram { $0.precompiledCharacterMap = map })
      _ = tokenizer.encode("abc\u{0}é", addSpecialTokens: true, parseSpecialTokens: true)
    }
  }

  private func unigram(_ change: (inout GGUFVocabulary) -> Void) -> GGUFVocabulary {
    var vocabulary = TinyVocabulary.sentencePiece(["▁", "a"], model: "t5")
    change(&vocabulary)
    return vocabulary
  }

  @Test func `every truncation and many changes of a model file throw or load`() throws {
    let file = TinyVocabulary.protobuf(
      [("<unk>", 0, 2), ("<s>", 0, 3), ("▁", -1, 1), ("a", -2, 1), ("▁a", -3, 1)],
      modelType: 2
    )
    _ = try Tokenizer(sentencePiece: file)
    for count in 0..<file.count { check { try Tokenizer(sentencePiece: Array(file[..<count])) } }
    for at in file.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = file
        changed[at] = value
        check { try Tokenizer(sentencePiece: changed) }
      }
    }
    #expect(throws: TokenizerError.self) { try Tokenizer(sentencePiece: [0x0A, 0xFF, 0xFF, 0xFF]) }
  }

  @Test func `every truncation and many changes of a tokenizer.json throw or load`() throws {
    let file = Array(Self.small.utf8)
    _ = try Tokenizer(huggingFace: file)
    for count in 0..<file.count {
      #expect(throws: TokenizerError.self) {
        try Tokenizer(huggingFace: Array(file[..<count]))
      }
    }
    for at in file.indices {
      for value in Array("\"{}[]:,-9\\\u{1}".utf8) {
        var changed = file
        changed[at] = value
        check { try Tokenizer(huggingFace: changed) }
      }
    }
  }

  static let small = """
    {"added_tokens": [{"id": 4, "content": "<s>", "special": true, "lstrip": true}],
     "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
       {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
     "pre_tokenizer": null,
     "post_processor": {"type": "TemplateProcessing", "single": [
       {"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
       "special_tokens": {"<s>": {"ids": [4]}}},
     "decoder": {"type": "Strip", "content": " ", "start": 1, "stop": 0},
     "model": {"type": "BPE", "unk_token": "<unk>", "byte_fallback": true,
       "vocab": {"<unk>": 0, "▁": 1, "a": 2, "▁a": 3}, "merges": ["▁ a"]}}
    """

  @Test func `errors of a tokenizer.json name the field`() {
    func load(_ old: String, _ new: String) throws -> Tokenizer {
      try Tokenizer(huggingFace: Array(Self.small.replacing(old, with: new).utf8))
    }
    #expect(throws: TokenizerError.duplicateID(id: 2)) { try load("\"▁a\": 3", "\"▁a\": 2") }
    #expect(throws: TokenizerError.unknownMerge(index: 0, piece: "b")) {
      try load("▁ a\"]", "▁ b\"]")
    }
    #expect(throws: TokenizerError.self) { try load("\"id\": 4", "\"id\": -4") }
    #expect(throws: TokenizerError.self) { try load("\"id\": 4", "\"id\": 999999999999") }
    #expect(throws: TokenizerError.self) { try load("[4]", "[5]") }
    #expect(throws: TokenizerError.missingToken(name: "<what>")) {
      try load("\"unk_token\": \"<unk>\"", "\"unk_token\": \"<what>\"")
    }
    #expect(throws: TokenizerError.unsupportedModel("WordLevel")) {
      try load("\"type\": \"BPE\"", "\"type\": \"WordLevel\"")
    }
    #expect(throws: TokenizerError.unsupportedPreTokenizer("a+b")) {
      try load(
        "\"pre_tokenizer\": null",
        #""pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a+b"}, "behavior": "Isolated"}"#
      )
    }
    #expect(throws: TokenizerError.malformedJSON(offset: 64, reason: "too deep")) {
      try Tokenizer(huggingFace: Array(repeating: 0x5B, count: 100_000))
    }
  }

  @Test(arguments: [
    "QQ==", "QQ== 1", "QQ== 0\nQg== 2", "Q 0", "QQ= 0", "QQ==  0", "** 0", "QQ== -1",
    "QQ== 99999999999",
  ])
  func `a broken rank file throws`(file: String) {
    #expect(throws: TokenizerError.self) {
      try Tokenizer(tiktoken: Array(file.utf8), encoding: .llama3)
    }
  }

  @Test(arguments: [
    "{}", "[]", #"{"config": {}}"#,
    #"{"config": {"pattern": "x", "default_vocab_size": 10, "default_num_special_tokens": 3}}"#,
  ])
  func `a broken tekken file throws`(file: String) {
    #expect(throws: TokenizerError.self) { try Tokenizer(tekken: Array(file.utf8)) }
  }

  /// Loads and, if that works, uses a tokenizer: any error must be one of ours.
  private func check(_ load: () throws -> Tokenizer) {
    do {
      let tokenizer = try load()
      let ids = tokenizer.encode("a <s> é", addSpecialTokens: true, parseSpecialTokens: true)
      _ = tokenizer.decode(ids, skipSpecialTokens: false)
      _ = tokenizer.endOfGenerationIDs.map { tokenizer.bytes(of: $0) }
    } catch let error as TokenizerError {
      #expect(!error.description.isEmpty)
    } catch {
      Issue.record("\(error)")
    }
  }
}
