// Owns: our ids and texts against those that reference tokenizers gave. Not our own invariants.

import ChaskiTestSupport
import ChaskiTokenizers
import Foundation
import Testing

@Suite(.enabled(if: Shared.isPresent, "needs the shared fixtures beside the checkout"))
struct ReferenceTests {
  static let gguf = [
    "llama-spm", "llama-bpe", "gpt-2", "qwen2", "deepseek-llm", "deepseek-coder", "phi-3",
    "gemma-4", "bert-bge", "falcon", "command-r", "starcoder",
  ]

  /// The strings whose ids differ, with both.
  private func differences(
    _ tokenizer: Tokenizer,
    _ strings: [String],
    _ expected: [[TokenID]],
    special: Bool = false,
    parse: Bool
  ) -> [String] {
    #expect(strings.count == expected.count)
    return zip(strings, expected).enumerated().compactMap { index, pair in
      let found = tokenizer.encode(
        pair.0,
        addSpecialTokens: special,
        parseSpecialTokens: parse
      )
      return found == pair.1
        ? nil : "\(index) \(pair.0.debugDescription): expected \(pair.1), found \(found)"
    }
  }

  @Test(arguments: gguf)
  func `a GGUF vocabulary gives the ids of llama.cpp`(name: String) throws {
    let fixture = try Fixture("ggml-vocab-\(name).llamacpp")
    let tokenizer = try fixture.tokenizer()
    let strings = try Fixture.strings()
    let plain = try fixture.ids("plain")
    #expect(differences(tokenizer, strings, plain, parse: false) == [])
    var parsed = plain
    for (index, ids) in try fixture.changes("parse_special_where_different") {
      parsed[index] = ids
    }
    #expect(differences(tokenizer, strings, parsed, parse: true) == [])
    let frames = try #require(
      fixture.fields["add_special_parse_special_prefix_suffix"] as? [[Any]]
    )
    let frame = try #require(frames.first)
    let sides = frame.first is NSNumber || frame.isEmpty ? [frame] : frame
    let prefix = (sides.first as? [NSNumber] ?? []).map(\.int32Value)
    let suffix = (sides.count > 1 ? sides.last as? [NSNumber] ?? [] : []).map(\.int32Value)
    let framed = parsed.map { prefix + $0 + suffix }
    #expect(differences(tokenizer, strings, framed, special: true, parse: true) == [])
    #expect(tokenizer.vocabularyCount == fixture.fields["n_vocab"] as? Int)
    if let eos = fixture.fields["eos"] as? Int, eos >= 0 {
      #expect(tokenizer.special.eos == TokenID(eos))
      #expect(tokenizer.endOfGenerationIDs.contains(TokenID(eos)))
    }
  }

  @Test(arguments: gguf)
  func `a GGUF vocabulary gives the pieces of llama.cpp`(name: String) throws {
    let fixture = try Fixture("ggml-vocab-\(name).llamacpp")
    let tokenizer = try fixture.tokenizer()
    for decoding in try fixture.decodings() {
      let pieces = decoding.ids.flatMap { tokenizer.bytes(of: $0) }
      // llama.cpp shows the space before a word of WordPiece as part of the piece.
      let expected = name == "bert-bge" ? decoding.bytes?.filter { $0 != 0x20 } : decoding.bytes
      #expect(pieces == expected, "\(decoding.ids)")
    }
  }

  @Test(arguments: ["llama3.tiktoken", "llama4.tiktoken", "qwen2.tiktoken"])
  func `a rank file gives the ids of tiktoken`(name: String) throws {
    let fixture = try Fixture(name)
    let tokenizer = try fixture.tokenizer()
    let strings = try Fixture.strings()
    let ordinary = try fixture.ids("encode_ordinary")
    #expect(differences(tokenizer, strings, ordinary, parse: false) == [])
    let allowed = try fixture.ids("encode_special_allowed")
    #expect(differences(tokenizer, strings, allowed, parse: true) == [])
    #expect(tokenizer.vocabularyCount == fixture.fields["n_vocab"] as? Int)
    for decoding in try fixture.decodings() {
      #expect(tokenizer.decodeBytes(decoding.ids, skipSpecialTokens: false) == decoding.bytes)
      #expect(tokenizer.decode(decoding.ids, skipSpecialTokens: false) == decoding.text)
    }
  }

  @Test func `tekken gives the ids of tiktoken`() throws {
    let fixture = try Fixture("mistral-tekken.tiktoken")
    let tokenizer = try fixture.tokenizer()
    let strings = try Fixture.strings()
    // The fixture counts ranks; ids come after 1000 special tokens.
    let ordinary = try fixture.ids("encode_ordinary").map { $0.map { $0 + 1000 } }
    #expect(differences(tokenizer, strings, ordinary, parse: false) == [])
    for decoding in try fixture.decodings() {
      let ids = decoding.ids.map { $0 + 1000 }
      #expect(tokenizer.decodeBytes(ids, skipSpecialTokens: false) == decoding.bytes)
    }
  }

  @Test(arguments: [
    "llama2.sentencepiece", "mistral-v1.sentencepiece", "mistral-v3.sentencepiece",
    "mistral-v7.sentencepiece",
  ])
  func `a model file gives the ids of sentencepiece`(name: String) throws {
    let fixture = try Fixture(name)
    let tokenizer = try fixture.tokenizer()
    let strings = try Fixture.strings()
    let expected = try fixture.ids("encode")
    #expect(differences(tokenizer, strings, expected, parse: false) == [])
    #expect(tokenizer.vocabularyCount == fixture.fields["n_vocab"] as? Int)
    for decoding in try fixture.decodings() {
      #expect(
        tokenizer.decode(decoding.ids, skipSpecialTokens: true) == decoding.text,
        "\(decoding.ids)"
      )
    }
  }

  @Test(arguments: ["gpt2.hf", "deepseek.hf", "minilm-wordpiece.hf"])
  func `a tokenizer.json gives the ids of tokenizers`(name: String) throws {
    let fixture = try Fixture(name)
    let file = name == "gpt2.hf" ? "gpt2/tokenizer.json" : fixture.file
    let tokenizer = try Fixture.tokenizer(file: "data/tokenizers/\(file)")
    let strings = try Fixture.strings()
    let isWordPiece = name.hasPrefix("minilm")
    let expected = try fixture.ids("encode")
    #expect(differences(tokenizer, strings, expected, special: isWordPiece, parse: true) == [])
    for decoding in try fixture.decodings() {
      let text = tokenizer.decode(decoding.ids, skipSpecialTokens: isWordPiece)
      #expect(text == decoding.text, "\(decoding.ids)")
    }
  }

  @Test(arguments: ["llama-spm", "llama3-bpe"], ["tokenizer.json", "f16.gguf", "tokenizer.model"])
  func `a small model's files give the ids of transformers`(name: String, file: String) throws {
    let folder = "fixtures/e2e/\(name)"
    guard name == "llama-spm" || file != "tokenizer.model" else { return }
    let path = file == "f16.gguf" ? "\(folder)/\(name)-f16.gguf" : "\(folder)/\(file)"
    let tokenizer = try Fixture.tokenizer(file: path)
    let data = try Data(contentsOf: Shared.url("\(folder)/expected.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let lists = try #require(object["strings_encode_hf"] as? [[NSNumber]])
    let strings = try Fixture.strings().filter { !$0.utf8.contains(0) }
    let expected = lists.map { $0.map(\.int32Value) }
    #expect(differences(tokenizer, strings, expected, special: true, parse: true) == [])
  }

  @Test(arguments: gguf)
  func `a GGUF vocabulary gives the ids of llama.cpp's own tests`(name: String) throws {
    let path = "data/tokenizers/ggml-vocab/ggml-vocab-\(name).gguf"
    let tokenizer = try Fixture.tokenizer(file: path)
    let input = String(decoding: try Data(contentsOf: Shared.url(path + ".inp")), as: UTF8.self)
    let output = String(decoding: try Data(contentsOf: Shared.url(path + ".out")), as: UTF8.self)
    let strings = input.components(separatedBy: "\n__ggml_vocab_test__\n")
    let expected = output.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.split(separator: " ").compactMap { TokenID($0) }
    }
    #expect(
      differences(tokenizer, strings, Array(expected.prefix(strings.count)), parse: false) == []
    )
  }
}
