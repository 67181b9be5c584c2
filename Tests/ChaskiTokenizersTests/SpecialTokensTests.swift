// Owns: which tokens are special and what follows from it. Not how they are found in text (AddedTokensTests).

import ChaskiTokenizers
import Testing

@Suite struct SpecialTokensTests {
  private func vocabulary(_ extra: [String], kind: Int32 = 3) -> GGUFVocabulary {
    var vocabulary = TinyVocabulary.byteLevel()
    let pieces = (0..<vocabulary.tokens.count).map { vocabulary.tokens.text($0) }
    vocabulary.tokens = StringTable(pieces + extra)
    vocabulary.types += extra.map { _ in kind }
    return vocabulary
  }

  @Test(
    arguments: [
      ([], ["<|im_end|>"]),
      (
        ["<|eot_id|>", "<|eom_id|>", "<|start_header_id|>"],
        ["<|im_end|>", "<|eot_id|>", "<|eom_id|>"]
      ),
      (["<end_of_turn>", "<start_of_turn>"], ["<|im_end|>", "<end_of_turn>"]),
      (["<｜end▁of▁sentence｜>"], ["<|im_end|>", "<｜end▁of▁sentence｜>"]),
      // A harmony vocabulary, in which <|end|> only ends a part of an answer.
      (["<|return|>", "<|call|>", "<|end|>"], ["<|im_end|>", "<|return|>", "<|call|>"]),
      (["<|end|>"], ["<|im_end|>", "<|end|>"]),
      (["</s>", "<|tool_response>"], ["<|im_end|>", "<|tool_response>"]),
    ] as [([String], [String])]
  )
  func `the tokens that end an answer are known by name`(extra: [String], expected: [String]) throws
  {
    let tokenizer = try Tokenizer(gguf: vocabulary(extra))
    let names = tokenizer.endOfGenerationIDs.map {
      String(decoding: tokenizer.bytes(of: $0), as: UTF8.self)
    }
    #expect(Set(names) == Set(expected))
  }

  @Test func `the file's own ids end an answer too`() throws {
    var source = vocabulary(["<stop>", "<turn>"])
    source.eosID = TokenID(source.tokens.count - 2)
    source.eotID = TokenID(source.tokens.count - 1)
    let tokenizer = try Tokenizer(gguf: source)
    #expect(
      tokenizer.endOfGenerationIDs.isSuperset(
        of: [tokenizer.special.eos, tokenizer.special.eot].compactMap { $0 }
      )
    )
    #expect(tokenizer.id(of: "<stop>") == tokenizer.special.eos)
  }

  @Test func `flags say what stands around a text`() throws {
    var source = vocabulary(["<b>", "<e>"])
    source.bosID = TokenID(source.tokens.count - 2)
    source.eosID = TokenID(source.tokens.count - 1)
    let bos = try #require(source.bosID)
    let eos = try #require(source.eosID)
    for (addBOS, addEOS, expected) in [
      (nil, nil, [0x41]), (true, nil, [bos, 0x41]), (false, true, [0x41, eos]),
      (true, true, [bos, 0x41, eos]),
    ] as [(Bool?, Bool?, [TokenID])] {
      source.addBOS = addBOS
      source.addEOS = addEOS
      let tokenizer = try Tokenizer(gguf: source)
      #expect(tokenizer.encode("A", addSpecialTokens: true, parseSpecialTokens: false) == expected)
      #expect(tokenizer.encode("A", addSpecialTokens: false, parseSpecialTokens: false) == [0x41])
      #expect(tokenizer.addsBOS == (addBOS ?? false))
    }
  }

  @Test func `merging never makes a control token out of text`() throws {
    let source = TinyVocabulary.sentencePiece(["▁", "<", "s", ">", "<s", "▁<", "▁<s"])
    let tokenizer = try Tokenizer(gguf: source)
    let ids = tokenizer.encode("<s>", addSpecialTokens: false, parseSpecialTokens: false)
    #expect(!ids.contains { tokenizer.kind(of: $0) == .control })
    #expect(tokenizer.decode(ids, skipSpecialTokens: true) == "<s>")
    #expect(tokenizer.encode("<s>", addSpecialTokens: false, parseSpecialTokens: true) == [1])
  }

  @Test func `skipping leaves control tokens out and keeps user-defined ones`() throws {
    for (kind, expected) in [(3, "a"), (4, "a<x>")] as [(Int32, String)] {
      let tokenizer = try Tokenizer(gguf: vocabulary(["<x>"], kind: kind))
      let id = try #require(tokenizer.id(of: "<x>"))
      #expect(tokenizer.decode([0x61, id], skipSpecialTokens: true) == expected)
      #expect(tokenizer.decode([0x61, id], skipSpecialTokens: false) == "a<x>")
    }
  }
}
