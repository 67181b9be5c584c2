// Owns: normalisers, seen through tokenizers of bytes. Not the reference strings (ReferenceTests).

import ChaskiTokenizers
import Foundation
import Testing

@Suite struct NormalizerTests {
  private func normal(_ text: [UInt8], _ normalizer: String) throws -> [UInt8] {
    let tokenizer = try Tokenizer(huggingFace: TinyVocabulary.json(normalizer: normalizer))
    let ids = tokenizer.encode(utf8: text, addSpecialTokens: false, parseSpecialTokens: false)
    return tokenizer.decodeBytes(ids, skipSpecialTokens: false)
  }

  /// The forms of every scalar of the first three planes between a letter and an acute accent, one a line.
  ///
  /// The sizes and hashes (FNV-1a, 64 bits) are those of Python's unicodedata2 16.0.0. Foundation is no reference
  /// here: it loses code points past U+FFFF before a mark.
  @Test(
    arguments: [
      ("NFC", 1_489_953, 0x9468_8002_7CAB_75B4), ("NFD", 1_558_202, 0x30A4_AA17_FEAD_8F07),
      ("NFKC", 1_486_566, 0x33F1_5A35_616E_FF7F), ("NFKD", 1_555_890, 0x557F_4CF8_2150_C96B),
    ] as [(String, Int, UInt64)]
  )
  func `normalization forms are Unicode's`(name: String, count: Int, hash: UInt64) throws {
    var lines: [String] = []
    for code in UInt32(0)..<0x30000 {
      if let scalar = Unicode.Scalar(code) { lines.append("a" + String(scalar) + "\u{301}") }
    }
    let text = Array(lines.joined(separator: "\n").utf8)
    let found = try normal(text, #"{"type": "\#(name)"}"#)
    #expect(found.count == count)
    #expect(found.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } == hash)
  }

  @Test(arguments: [
    ("NFC", "a\u{F73}\u{301}", "\u{E1}\u{F71}\u{F72}"),
    ("NFC", "\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
    ("NFC", "e\u{301}\u{323}", "\u{1EB9}\u{301}"),
    ("NFC", "\u{958}", "\u{915}\u{93C}"),
    ("NFD", "\u{AC01}", "\u{1100}\u{1161}\u{11A8}"),
    ("NFKC", "\u{FB01}\u{BD}", "fi1\u{2044}2"),
  ])
  func `a text has the form that the standard gives it`(
    name: String,
    text: String,
    expected: String
  ) throws {
    let found = try normal(Array(text.utf8), #"{"type": "\#(name)"}"#)
    #expect(found == Array(expected.utf8))
  }

  @Test(arguments: [
    (#"{"type": "Lowercase"}"#, "ÀB ΣİǅK", "àb σi̇ǆk"),
    (#"{"type": "Prepend", "prepend": "x"}"#, "a", "xa"),
    (#"{"type": "Prepend", "prepend": "x"}"#, "", ""),
    (#"{"type": "Replace", "pattern": {"String": "ab"}, "content": "c"}"#, "aabab", "acc"),
    (#"{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}"#, " a  b   ", " a b "),
    (#"{"type": "Strip", "strip_left": true, "strip_right": true}"#, " \u{3000}a b\n", "a b"),
    (#"{"type": "Strip", "strip_left": false, "strip_right": true}"#, " a ", " a"),
    (#"{"type": "StripAccents"}"#, "e\u{301}a", "ea"),
    (#"{"type": "BertNormalizer", "lowercase": true}"#, "É\tA\u{0}\u{200B}\u{B}b", "e ab"),
    (
      #"{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}"#, "é", "e"
    ),
  ])
  func `a step changes the text as its name says`(
    normalizer: String,
    text: String,
    expected: String
  ) throws {
    let found = try normal(Array(text.utf8), normalizer)
    #expect(String(decoding: found, as: UTF8.self) == expected)
  }

  @Test func `stray bytes pass through`() throws {
    let text: [UInt8] = [0x65, 0xCC, 0x81, 0xFF, 0x61, 0xE2, 0x82]
    #expect(try normal(text, #"{"type": "NFC"}"#) == [0xC3, 0xA9, 0xFF, 0x61, 0xE2, 0x82])
  }
}
