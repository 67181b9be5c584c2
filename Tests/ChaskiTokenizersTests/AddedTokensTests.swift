// Owns: how added tokens are found in text. Not what lies between them.

import ChaskiTokenizers
import Testing

@Suite struct AddedTokensTests {
  /// The pieces of `text`, runs of single bytes put together.
  private func pieces(
    _ text: String,
    _ added: [(String, String)],
    parse: Bool = true,
    normalizer: String = "null"
  ) throws -> [String] {
    let entries = added.enumerated().map { offset, token in
      let special = token.1.contains("special") ? "" : #", "special": true"#
      return #"{"id": \#(256 + offset), "content": "\#(token.0)"\#(special)\#(token.1)}"#
    }
    let tokenizer = try Tokenizer(
      huggingFace: TinyVocabulary.json(
        normalizer: normalizer,
        added: "[\(entries.joined(separator: ","))]"
      )
    )
    var found: [String] = []
    var bytes: [UInt8] = []
    for id in tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: parse) {
      if id < 256 {
        bytes += tokenizer.bytes(of: id)
        continue
      }
      if !bytes.isEmpty { found.append(String(decoding: bytes, as: UTF8.self)) }
      bytes = []
      found.append("[\(id - 256)]")
    }
    if !bytes.isEmpty { found.append(String(decoding: bytes, as: UTF8.self)) }
    return found
  }

  @Test func `the leftmost and at one place the longest is found`() throws {
    let added = [("ab", ""), ("abc", ""), ("bcd", ""), ("d", "")]
    #expect(try pieces("abcd ab xbcd", added) == ["[1]", "[3]", " ", "[0]", " x", "[2]"])
  }

  @Test func `control tokens are text where they are not to be parsed`() throws {
    let added = [("<s>", ""), ("<u>", #", "special": false"#)]
    #expect(try pieces("a<s><u>b", added, parse: false) == ["a<s>", "[1]", "b"])
    #expect(try pieces("a<s><u>b", added, parse: true) == ["a", "[0]", "[1]", "b"])
  }

  @Test func `stripping takes the white space beside a token`() throws {
    #expect(try pieces("a  <m> \n b", [("<m>", #", "lstrip": true"#)]) == ["a", "[0]", " \n b"])
    #expect(try pieces("a  <m> \n b", [("<m>", #", "rstrip": true"#)]) == ["a  ", "[0]", "b"])
    #expect(
      try pieces("<m> <m>", [("<m>", #", "lstrip": true, "rstrip": true"#)]) == ["[0]", "[0]"]
    )
  }

  @Test func `a single word does not touch others`() throws {
    let added = [("it", #", "single_word": true"#)]
    #expect(
      try pieces("it bit its it, éit it_ (it)", added) == [
        "[0]", " bit its ", "[0]", ", éit it_ (", "[0]", ")",
      ]
    )
  }

  @Test func `a normalised token is found in the normalised text`() throws {
    let added = [("Hi", #", "normalized": true"#), ("Ho", #", "normalized": false"#)]
    let lower = #"{"type": "Lowercase"}"#
    #expect(try pieces("HI ho Ho", added, normalizer: lower) == ["[0]", " ho ", "[1]"])
  }
}
