import ChaskiTestSupport
import ChaskiCheckpoints
import ChaskiConversion
import ChaskiGeneration
import ChaskiTensors
import ChaskiTokenizers
import Foundation
import Testing

/// Tokenizers of folders as GGUF files have them.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct TokenizerConversionTests {
  /// A folder of a tiny model with these tokenizer files, and the file that it becomes.
  private func withConverted(
    _ files: [String: Data],
    _ body: (_ folder: any Checkpoint, _ file: any Checkpoint) throws -> Void
  ) throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "chaski-tokenizer-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try FileManager.default.copyItem(at: Shared.url("fixtures/models/llama1"), to: url)
    for (name, data) in files { try data.write(to: url.appending(path: name)) }
    let folder = try openCheckpoint(url.path)
    let file = url.appending(path: "m.gguf").path
    try GGUFExport(folder, type: .stored).write(to: file, on: CPUBackend(threadCount: 1))
    try body(folder, openCheckpoint(file))
  }

  /// The tokenizer of the folder that is written from `file`.
  private func written(_ file: any Checkpoint) throws -> Tokenizer {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "chaski-tokenizer-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    let backend = try CPUBackend(threadCount: 1)
    try FolderExport(file, type: .stored).write(to: url.path, on: backend)
    return try #require(try Tokenizer.of(openCheckpoint(url.path)))
  }

  private static func strings() throws -> [String] {
    let data = try Data(contentsOf: Shared.url("fixtures/tokenizers/strings.json"))
    return try JSONDecoder().decode([String].self, from: data)
  }

  @Test(arguments: ["mistral/tekken_240911.json", "llama3/tokenizer.model"])
  func `a vocabulary of ranks gives the same ids from a file`(path: String) throws {
    let data = try Data(contentsOf: Shared.url("data/tokenizers/\(path)"))
    let name = path.hasSuffix(".json") ? "tekken.json" : "tokenizer.model"
    try withConverted([name: data]) { folder, file in
      let wanted = try #require(try Tokenizer.of(folder))
      let found = try #require(try Tokenizer.of(file))
      let pre = name == "tekken.json" ? "tekken" : "llama-bpe"
      #expect(try file.string("tokenizer.ggml.pre") == pre)
      #expect(found.vocabularyCount == wanted.vocabularyCount)
      #expect(found.special == wanted.special)
      for string in try Self.strings() {
        for marks in [true, false] {
          let ids = wanted.encode(string, addSpecialTokens: marks, parseSpecialTokens: false)
          let own = found.encode(string, addSpecialTokens: marks, parseSpecialTokens: false)
          #expect(own == ids, "\(string)")
          #expect(
            found.decodeBytes(ids, skipSpecialTokens: true)
              == wanted.decodeBytes(ids, skipSpecialTokens: true)
          )
        }
      }
    }
  }

  /// A `tokenizer.json` of pieces with scores, as T5's is made.
  private static let unigram = """
    {"added_tokens": [{"id": 0, "content": "<pad>", "special": true},
      {"id": 1, "content": "</s>", "special": true}],
     "normalizer": {"type": "Sequence", "normalizers": [
       {"type": "Precompiled", "precompiled_charsmap": "BAAAAAAAAAA="}]},
     "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
       {"type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always"}]},
     "post_processor": {"type": "TemplateProcessing",
       "single": [{"Sequence": {"id": "A", "type_id": 0}},
         {"SpecialToken": {"id": "</s>", "type_id": 0}}],
       "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
     "decoder": {"type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always"},
     "model": {"type": "Unigram", "unk_id": 2, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0],
       ["\u{2581}", -2.5], ["\u{2581}the", -3], ["the", -4.5], ["a", -3.5], ["t", -4], ["h", -4.2],
       ["e", -3.1], ["\u{2581}cat", -6], ["c", -5], ["s", -3.3], ["at", -5.2], ["\u{2581}a", -3.2]]}}
    """

  @Test func `a unigram vocabulary gives the same ids from a file`() throws {
    try withConverted(["tokenizer.json": Data(Self.unigram.utf8)]) { folder, file in
      #expect(try file.string("tokenizer.ggml.model") == "t5")
      #expect(try file.bool("tokenizer.ggml.remove_extra_whitespaces") == true)
      // A map of nothing: how long its trie is, and the trie's root.
      let map = try file.ints("tokenizer.ggml.precompiled_charsmap")
      #expect(map == [4, 0, 0, 0, 0, 0, 0, 0])
      let wanted = try #require(try Tokenizer.of(folder))
      let found = try #require(try Tokenizer.of(file))
      let again = try written(file)
      for string in ["the cat", "  the   cats at ", "a", "", "thecat x cat", "Zat"] {
        let ids = wanted.encode(string, addSpecialTokens: true, parseSpecialTokens: false)
        for other in [found, again] {
          let own = other.encode(string, addSpecialTokens: true, parseSpecialTokens: false)
          #expect(own == ids, "\(string)")
          #expect(
            other.decode(ids, skipSpecialTokens: true)
              == wanted.decode(ids, skipSpecialTokens: true)
          )
        }
      }
      // By hand: -3 for the first word, -6 for the second, and the end.
      #expect(
        found.encode("the cat", addSpecialTokens: true, parseSpecialTokens: false) == [4, 10, 1]
      )
    }
  }

  @Test func `a tokenizer that GGUF has no keys for is refused`() throws {
    let data = try Data(contentsOf: Shared.url("data/tokenizers/minilm/tokenizer.json"))
    #expect(throws: TokenizerError.self) {
      try withConverted(["tokenizer.json": data]) { _, _ in }
    }
  }
}
