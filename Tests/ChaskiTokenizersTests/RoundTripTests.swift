// Owns: that decoding undoes encoding, for any bytes. Not the ids.

import ChaskiTestSupport
import ChaskiTokenizers
import Testing

/// Numbers that are the same on every run: SplitMix64.
///
/// Source: Steele, Lea and Flood 2014, https://doi.org/10.1145/2660193.2660195.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

@Suite struct RoundTripTests {
  /// Random bytes, random scalars, and stretches of each.
  static func texts(seed: UInt64, count: Int) -> [[UInt8]] {
    var random = SplitMix(state: seed)
    return (0..<count).map { _ in
      var text: [UInt8] = []
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text.append(UInt8.random(in: 0...255, using: &random))
        case 1:
          let code = UInt32.random(in: 0..<0x110000, using: &random)
          if let scalar = Unicode.Scalar(code) { text += Array(String(scalar).utf8) }
        case 2: text += Array(repeating: UInt8.random(in: 9...122, using: &random), count: 30)
        default:
          text += Array(
            ["the ", "  ", "\r\n", "'ll", "12345", "▁"].randomElement(using: &random)?.utf8
              ?? "".utf8
          )
        }
      }
      return text
    }
  }

  @Test func `a byte-level vocabulary gives back any bytes`() throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    for text in Self.texts(seed: 1, count: 2000) {
      let ids = tokenizer.encode(utf8: text, addSpecialTokens: false, parseSpecialTokens: false)
      #expect(tokenizer.decodeBytes(ids, skipSpecialTokens: false) == text)
    }
  }

  @Test(
    .enabled(if: Shared.isPresent, "needs the shared fixtures beside the checkout"),
    arguments: [
      "llama3/tokenizer.model", "llama4/tokenizer.model", "mistral/tekken_240911.json",
      "ggml-vocab/ggml-vocab-gpt-2.gguf", "ggml-vocab/ggml-vocab-llama-bpe.gguf",
      "ggml-vocab/ggml-vocab-qwen2.gguf",
    ]
  )
  func `a real byte-level vocabulary gives back any bytes`(file: String) throws {
    let tokenizer = try Fixture.tokenizer(file: "data/tokenizers/\(file)")
    for text in Self.texts(seed: 2, count: 2000) {
      let ids = tokenizer.encode(utf8: text, addSpecialTokens: false, parseSpecialTokens: false)
      #expect(tokenizer.decodeBytes(ids, skipSpecialTokens: false) == text)
    }
  }

  @Test func `SentencePiece gives back any bytes but its own sign for a space`() throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.sentencePiece(["▁", "t", "h", "▁t", "th"]))
    for text in Self.texts(seed: 3, count: 2000) {
      let ids = tokenizer.encode(utf8: text, addSpecialTokens: true, parseSpecialTokens: false)
      let sign = Array("▁".utf8)
      var expected: [UInt8] = []
      for byte in text {
        expected.append(byte)
        if expected.suffix(3).elementsEqual(sign) {
          expected.replaceSubrange((expected.count - 3)..., with: [0x20])
        }
      }
      #expect(tokenizer.decodeBytes(ids, skipSpecialTokens: true) == expected)
    }
  }

  @Test func `a byte that is in no text becomes U+FFFD where there is no token for it`() throws {
    var vocabulary = TinyVocabulary.byteLevel(merges: ["a a"])
    let missing = TinyVocabulary.byteCharacters[0xFF]
    vocabulary.tokens = StringTable(
      (0..<vocabulary.tokens.count).map {
        let piece = vocabulary.tokens.text($0)
        return piece == missing ? "unused piece" : piece
      }
    )
    let tokenizer = try Tokenizer(gguf: vocabulary)
    let ids = tokenizer.encode(
      utf8: [0x61, 0xFF],
      addSpecialTokens: false,
      parseSpecialTokens: false
    )
    #expect(tokenizer.decode(ids, skipSpecialTokens: false) == "a\u{FFFD}")
  }
}
