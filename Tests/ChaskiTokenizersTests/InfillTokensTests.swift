// Owns: which tokens fill gaps, by the file's keys and by name. Not the prompts (ChaskiServerTests).

import ChaskiTestSupport
import ChaskiTokenizers
import Testing

@Suite struct InfillTokensTests {
  private func vocabulary(_ extra: [String], kind: Int32 = 3) -> GGUFVocabulary {
    var vocabulary = TinyVocabulary.byteLevel()
    let pieces = (0..<vocabulary.tokens.count).map { vocabulary.tokens.text($0) }
    vocabulary.tokens = StringTable(pieces + extra)
    vocabulary.types += extra.map { _ in kind }
    return vocabulary
  }

  @Test(
    arguments: [
      ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
      ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
      ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"], ["▁<PRE>", "▁<SUF>", "▁<MID>"],
    ],
    [3, 4] as [Int32]
  )
  func `they are known by name`(names: [String], kind: Int32) throws {
    let source = vocabulary(["<other>"] + names, kind: kind)
    let tokenizer = try Tokenizer(gguf: source)
    let first = TokenID(source.tokens.count - 3)
    let found = try #require(tokenizer.infill)
    #expect([found.prefix, found.suffix, found.middle] == [first, first + 1, first + 2])
    #expect(found.repository == nil && found.file == nil)
  }

  @Test(arguments: [1, 3, 4] as [Int32])
  func `Code Llama's have a space that SentencePiece spells its own way`(kind: Int32) throws {
    var source = TinyVocabulary.sentencePiece(["a", "▁<PRE>", "▁<SUF>", "▁<MID>"])
    for index in source.types.indices.suffix(3) { source.types[index] = kind }
    let first = TokenID(source.tokens.count - 3)
    let found = try #require(try Tokenizer(gguf: source).infill)
    #expect([found.prefix, found.suffix, found.middle] == [first, first + 1, first + 2])
  }

  @Test func `the file's own word comes first`() throws {
    var source = vocabulary(
      ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<p>", "<s>", "<m>", "<r>", "<f>"]
    )
    let last = TokenID(source.tokens.count)
    source.infillPrefixID = last - 5
    source.infillSuffixID = last - 4
    source.infillMiddleID = last - 3
    source.infillRepositoryID = last - 2
    source.infillFileID = last - 1
    let found = try #require(try Tokenizer(gguf: source).infill)
    #expect([found.prefix, found.suffix, found.middle] == [last - 5, last - 4, last - 3])
    #expect(found.repository == last - 2 && found.file == last - 1)
    source.infillMiddleID = last
    #expect(throws: TokenizerError.self) { _ = try Tokenizer(gguf: source) }
  }

  @Test func `two of three are none`() throws {
    #expect(try Tokenizer(gguf: vocabulary(["<fim_prefix>", "<fim_suffix>"])).infill == nil)
    #expect(try Tokenizer(gguf: TinyVocabulary.byteLevel()).infill == nil)
  }

  /// The ids that the models' own repositories give.
  @Test(
    .enabled(if: Shared.isPresent, Shared.reason),
    arguments: [
      ("starcoder", [1, 3, 2]), ("deepseek-coder", [32016, 32015, 32017]), ("gpt-2", nil),
    ] as [(String, [TokenID]?)]
  )
  func `real vocabularies`(name: String, ids: [TokenID]?) throws {
    let url = Shared.url("data/tokenizers/ggml-vocab/ggml-vocab-\(name).gguf")
    let found = try Tokenizer(gguf: GGUFMetadata.vocabulary(at: url)).infill
    #expect(found.map { [$0.prefix, $0.suffix, $0.middle] } == ids)
  }
}
