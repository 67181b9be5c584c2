// Owns: that no text takes more than its share of time. Not how fast tokenizing is (Benchmarks).

import ChaskiTestSupport
import ChaskiTokenizers
import Foundation
import Testing

@Suite(.serialized) struct CostTests {
  static let units: [[UInt8]] =
    [
      "a", " ", "\n", "7", "A", "'", ".", "\u{301}", "😀", "漢", "\r\n", " \n", "中A", "a ", "aB",
      "<|", "<s",
    ].map { Array($0.utf8) } + [[0xFF], [0xE2]]

  /// Quadratic work on a megabyte would take minutes; linear work takes well under a second on a quiet machine.
  private static let limit = Duration.seconds(20)

  /// A debug build is some fifty times slower, and so is given less to do.
  #if DEBUG
  private static let byteCount = 20_000
  #else
  private static let byteCount = 1_000_000
  #endif

  private func check(_ tokenizer: Tokenizer) {
    for unit in Self.units {
      let text = Array(repeatElement(unit, count: Self.byteCount / unit.count).joined())
      let start = ThreadTime.now
      let ids = tokenizer.encode(utf8: text, addSpecialTokens: true, parseSpecialTokens: true)
      #expect(ThreadTime.now - start < Self.limit, "\(unit)")
      #expect(!ids.isEmpty, "\(unit)")
    }
  }

  @Test(arguments: [
    "gpt-2", "smollm", "llama-bpe", "qwen2", "qwen35", "tekken", "gpt-4o", "deepseek-llm",
    "deepseek-coder",
    "deepseek-v3", "falcon", "starcoder", "command-r", "default",
  ])
  func `repeated text is linear for every pre-tokenizer`(name: String) throws {
    var vocabulary = TinyVocabulary.byteLevel()
    vocabulary.preTokenizer = name
    check(try Tokenizer(gguf: vocabulary))
  }

  @Test(
    .enabled(if: Shared.isPresent, "needs the shared fixtures beside the checkout"),
    arguments: [
      "ggml-vocab/ggml-vocab-llama-spm.gguf", "ggml-vocab/ggml-vocab-llama-bpe.gguf",
      "ggml-vocab/ggml-vocab-bert-bge.gguf", "ggml-vocab/ggml-vocab-gemma-4.gguf",
      "minilm/tokenizer.json", "qwen/qwen.tiktoken",
    ]
  )
  func `repeated text is linear for real vocabularies`(file: String) throws {
    check(try Fixture.tokenizer(file: "data/tokenizers/\(file)"))
  }

  @Test func `repeated text is linear for a unigram model`() throws {
    check(
      try Tokenizer(gguf: TinyVocabulary.sentencePiece(["▁", "a", "aa", "▁a", "."], model: "t5"))
    )
  }

  @Test func `a piece that would make every look-up slow is refused`() {
    let long = String(repeating: "a", count: 600)
    for model in ["llama", "t5"] {
      #expect(
        throws: TokenizerError.tooLarge(
          what: "bytes in a piece",
          count: model == "t5" ? 513 : 600,
          limit: 512
        )
      ) {
        try Tokenizer(gguf: TinyVocabulary.sentencePiece(["a", long], model: model))
      }
    }
  }

  @Test func `a normaliser that would swell a text is refused`() {
    let step = #"{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaaaaaaaa"}"#
    let steps = [String](repeating: step, count: 9).joined(separator: ",")
    #expect(
      throws: TokenizerError.unsupportedSetting(
        key: "normalizer",
        value: "replacements that swell the text"
      )
    ) {
      try Tokenizer(
        huggingFace: TinyVocabulary.json(
          normalizer: #"{"type": "Sequence", "normalizers": [\#(steps)]}"#
        )
      )
    }
  }
}
