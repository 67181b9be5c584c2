// Owns: that no text takes more than its share of time. Not how fast tokenizing is (Benchmarks).

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

  private func check(_ tokenizer: Tokenizer, byteCount: Int = 1_000_000) {
    for unit in Self.units {
      let text = Array(repeatElement(unit, count: byteCount / unit.count).joined())
      let start = ContinuousClock.now
      let ids = tokenizer.encode(utf8: text, addSpecialTokens: true, parseSpecialTokens: true)
      #expect(ContinuousClock.now - start < Self.limit, "\(unit)")
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
}
