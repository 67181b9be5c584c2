// Owns: that ids one at a time give the same text as ids at once. Not the texts themselves.

import ChaskiTestSupport
import ChaskiTokenizers
import Testing

@Suite struct StreamingDecoderTests {
  private func bytes(_ text: [UInt8]) -> [TokenID] { text.map { TokenID($0) } }

  @Test(arguments: ["", "plain", "é", "日本語", "😀a😀", "👨‍👩‍👧‍👦", "e\u{301}"])
  func `text comes out whole and never half a character`(text: String) throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    var decoder = tokenizer.streamingDecoder(skipSpecialTokens: true)
    var output = ""
    for id in bytes(Array(text.utf8)) {
      let part = decoder.append(id)
      #expect(!part.contains("\u{FFFD}"))
      output += part
    }
    output += decoder.finish()
    #expect(Array(output.utf8) == Array(text.utf8))
  }

  @Test(
    arguments: [
      [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98],
      [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0x61, 0x80, 0x62], [0xF0, 0x9F, 0x41], [0xE0, 0x80, 0x80],
      [0xF0, 0x80, 0x80, 0x80], [0xC3], [0xC3, 0xC3, 0xA9],
    ] as [[UInt8]]
  )
  func `broken bytes become what decoding at once makes of them`(text: [UInt8]) throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    var decoder = tokenizer.streamingDecoder(skipSpecialTokens: true)
    let output = bytes(text).map { decoder.append($0) }.joined() + decoder.finish()
    #expect(output == String(decoding: text, as: UTF8.self))
    #expect(output == tokenizer.decode(bytes(text), skipSpecialTokens: true))
  }

  @Test func `a byte that cannot go on is shown at once`() throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    var decoder = tokenizer.streamingDecoder(skipSpecialTokens: true)
    #expect(decoder.append(0xFF) == "\u{FFFD}")
    #expect(decoder.append(0xE2) == "")
    #expect(decoder.append(0x28) == "\u{FFFD}(")
    #expect(decoder.append(0xF0) == "")
    #expect(decoder.finish() == "\u{FFFD}")
    #expect(decoder.finish() == "")
  }

  @Test func `SentencePiece's first space is taken off once`() throws {
    let vocabulary = TinyVocabulary.sentencePiece(["▁", "a", "▁a"])
    let tokenizer = try Tokenizer(gguf: vocabulary)
    let ids: [TokenID] = [1, 261, 261, 259, 260]
    #expect(tokenizer.decode(ids, skipSpecialTokens: true) == "a a a")
    #expect(tokenizer.decode(ids, skipSpecialTokens: false) == "<s> a a a")
    var decoder = tokenizer.streamingDecoder(skipSpecialTokens: true)
    #expect(ids.map { decoder.append($0) } == ["", "a", " a", " ", "a"])
    var going = tokenizer.streamingDecoder(skipSpecialTokens: true, continuesText: true)
    #expect(ids.map { going.append($0) } == ["", " a", " a", " ", "a"])
  }

  @Test func `ids outside the vocabulary are passed over`() throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    var decoder = tokenizer.streamingDecoder(skipSpecialTokens: true)
    #expect([-1, .max, .min, 0x41].map { decoder.append($0) }.joined() == "A")
    #expect(tokenizer.bytes(of: -1) == [])
    #expect(tokenizer.kind(of: .max) == .unused)
  }

  @Test(
    .enabled(if: Shared.isPresent, "needs the shared fixtures beside the checkout"),
    arguments: [
      "data/tokenizers/ggml-vocab/ggml-vocab-llama-spm.gguf",
      "data/tokenizers/ggml-vocab/ggml-vocab-llama-bpe.gguf",
      "data/tokenizers/ggml-vocab/ggml-vocab-bert-bge.gguf",
      "data/tokenizers/minilm/tokenizer.json",
    ]
  )
  func `every string streams as it decodes`(file: String) throws {
    let tokenizer = try Fixture.tokenizer(file: file)
    for string in try Fixture.strings() {
      let ids = tokenizer.encode(string, addSpecialTokens: true, parseSpecialTokens: true)
      for skips in [true, false] {
        var decoder = tokenizer.streamingDecoder(skipSpecialTokens: skips)
        var output = ""
        for id in ids {
          output += decoder.append(id)
        }
        output += decoder.finish()
        #expect(output == tokenizer.decode(ids, skipSpecialTokens: skips))
      }
    }
  }
}
