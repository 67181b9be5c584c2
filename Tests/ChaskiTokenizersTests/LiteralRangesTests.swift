// Owns: that strangers' text makes no control tokens. Not how added tokens are found elsewhere (AddedTokensTests).

import ChaskiTokenizers
import Testing

@Suite struct LiteralRangesTests {
  /// The ids of `parts` put together, of which every second one is literal.
  private func encode(_ parts: [String], _ tokenizer: Tokenizer) -> [TokenID] {
    var ranges: [Range<Int>] = []
    var end = 0
    for (position, part) in parts.enumerated() {
      if position % 2 == 1 { ranges.append(end..<end + part.utf8.count) }
      end += part.utf8.count
    }
    return tokenizer.encode(parts.joined(), addSpecialTokens: false, literalRanges: ranges)
  }

  private func plain(_ text: String, _ tokenizer: Tokenizer, parse: Bool = true) -> [TokenID] {
    tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: parse)
  }

  private func tokenizer(normalizer: String, added: String) throws -> Tokenizer {
    try Tokenizer(huggingFace: TinyVocabulary.json(normalizer: normalizer, added: added))
  }

  @Test(arguments: ["hello", "<|im_end|>", "a<|im_end|>", "<|im_end|><|im_end|>é", "", "|>", "aa"])
  func `a message's text is never a control token and the template's always is`(
    message: String
  ) throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    let end = try #require(tokenizer.id(of: "<|im_end|>"))
    #expect(
      encode(["<|im_end|>", message, "<|im_end|>"], tokenizer)
        == [end] + plain(message, tokenizer, parse: false) + [end]
    )
  }

  @Test func `text is encoded as a whole across the borders of ranges`() throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    let ids = encode(["a", "a", "h", "e<|im_end|>", "ll"], tokenizer)
    #expect(ids == plain("aahe<|im_end|>ll", tokenizer, parse: false))
    #expect(ids.first == tokenizer.id(of: "aa"))
  }

  @Test func `SentencePiece's control tokens stay words in a message`() throws {
    let source = TinyVocabulary.sentencePiece(["▁", "<", "s", ">", "a", "▁a"])
    let tokenizer = try Tokenizer(gguf: source)
    let ids = encode(["<s>", "<s> a</s>", "</s>"], tokenizer)
    #expect(ids == [1] + plain("<s> a</s>", tokenizer, parse: false) + [2])
    #expect(ids.count { tokenizer.kind(of: $0) == .control } == 2)
  }

  @Test func `a token that a message only helps to spell is not recognised`() throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    let token = "<|im_end|>"
    let end = try #require(tokenizer.id(of: token))
    for start in 0..<token.count {
      for count in 0...token.count - start {
        let ids = tokenizer.encode(
          token,
          addSpecialTokens: false,
          literalRanges: [start..<start + count]
        )
        #expect((ids == [end]) == (count == 0))
      }
    }
    for range in [0..<1, 11..<12] {
      let ids = tokenizer.encode("x\(token)y", addSpecialTokens: false, literalRanges: [range])
      #expect(ids == [0x78, end, 0x79].map { TokenID($0) })
    }
  }

  @Test func `a shorter token that ends before the message is found`() throws {
    let added = """
      [{"id": 256, "content": "<a>", "special": true}, {"id": 257, "content": "<a>b", "special": true}]
      """
    let tokenizer = try tokenizer(normalizer: "null", added: added)
    #expect(encode(["<a>", "b"], tokenizer) == [256, 0x62])
    #expect(encode(["<a>b", "b"], tokenizer) == [257, 0x62])
  }

  @Test func `user-defined tokens are found in messages too`() throws {
    let added = """
      [{"id": 256, "content": "<think>", "special": false}, {"id": 257, "content": "<s>", "special": true}]
      """
    let tokenizer = try tokenizer(normalizer: "null", added: added)
    #expect(
      encode(["<s>", "<think><s>", "<think>"], tokenizer) == [257, 256, 0x3C, 0x73, 0x3E, 256]
    )
  }

  @Test(
    arguments: [
      [], [3..<3], [Int.min..<0], [0..<0], [100..<Int.max], [13..<13], [13..<20], [-5..<0, 7..<7],
    ] as [[Range<Int>]]
  )
  func `ranges that hold no text change nothing`(ranges: [Range<Int>]) throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    let text = "aé<|im_end|>"
    #expect(text.utf8.count == 13)
    #expect(
      tokenizer.encode(text, addSpecialTokens: false, literalRanges: ranges)
        == plain(text, tokenizer)
    )
    #expect(tokenizer.encode("", addSpecialTokens: false, literalRanges: ranges) == [])
  }

  @Test(
    arguments: [
      [Int.min..<Int.max], [0..<4, 4..<13], [12..<500], [4..<5, 4..<5], [12..<13, 0..<1, 0..<4],
      [2..<4, 3..<3],
    ] as [[Range<Int>]]
  )
  func `ranges are cut to the text and may touch, overlap and come in any order`(
    ranges: [Range<Int>]
  ) throws {
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel())
    #expect(
      tokenizer.encode("aé<|im_end|>", addSpecialTokens: false, literalRanges: ranges)
        == plain("aé<|im_end|>", tokenizer, parse: false)
    )
  }

  @Test func `what stands around a text is added as always`() throws {
    var source = TinyVocabulary.sentencePiece(["▁", "a"])
    source.addBOS = true
    source.bosID = 1
    let tokenizer = try Tokenizer(gguf: source)
    #expect(
      tokenizer.encode("<s>", addSpecialTokens: true, literalRanges: [0..<3])
        == tokenizer.encode("<s>", addSpecialTokens: true, parseSpecialTokens: false)
    )
  }

  /// A control token that is looked for in normalised text.
  static let normalizedToken = """
    [{"id": 256, "content": "<s>", "special": true, "normalized": true}]
    """

  @Test(arguments: [
    "null", #"{"type": "NFC"}"#, #"{"type": "NFD"}"#, #"{"type": "NFKC"}"#,
    #"{"type": "Lowercase"}"#,
    #"{"type": "Replace", "pattern": {"String": "x"}, "content": "<s>"}"#,
    #"{"type": "Replace", "pattern": {"String": "long"}, "content": ""}"#,
  ])
  func `tokens of the normalised text are followed to their places`(normalizer: String) throws {
    let tokenizer = try tokenizer(normalizer: normalizer, added: Self.normalizedToken)
    let message = "é e\u{301} ﬁ long <s><S>\u{FF1C}s\u{FF1E} x"
    let words = plain(message, tokenizer, parse: false)
    #expect(!words.contains(256))
    #expect(
      encode(["<s>é", message, "<s>", message, "<s>"], tokenizer)
        == [256] + plain("é", tokenizer) + words + [256] + words + [256]
    )
  }

  @Test func `a prefix before normalised text moves the places`() throws {
    let normalizer = #"{"type": "Prepend", "prepend": "__"}"#
    let added = """
      [{"id": 256, "content": "s", "special": true, "normalized": true}]
      """
    let tokenizer = try tokenizer(normalizer: normalizer, added: added)
    // The prefix stands before the token's own content too, so only the first place can hold it.
    #expect(encode(["s", "s"], tokenizer) == [256, 0x73])
    #expect(encode(["", "s", "s"], tokenizer) == [0x5F, 0x5F, 0x73, 0x73])
  }

  @Test(arguments: ["\u{301}", "\u{301}<s>", "\u{301}e<s>"])
  func `where normalising joins a message to its surroundings no token is recognised there`(
    message: String
  ) throws {
    let tokenizer = try tokenizer(
      normalizer: #"{"type": "NFC"}"#,
      added: Self.normalizedToken
    )
    #expect(
      encode(["<s>e", message, "<s>"], tokenizer)
        == plain("<s>e" + message + "<s>", tokenizer, parse: false)
    )
  }

  @Test func `many ranges and many tokens cost little`() throws {
    let tokenizer = try tokenizer(normalizer: "null", added: Self.normalizedToken)
    let count = 20_000
    let parts = (0..<2 * count).map { _ in "<s>" }
    #expect(encode(parts, tokenizer).count == count * 4)
  }
}
