// Checks: bytes -> keys, split anywhere, bounded, and never trapping.

import ChaskiTerminal
import Testing

struct KeyParserTests {
  static let sequences: [(String, Key)] = [
    ("\u{1B}[A", .up), ("\u{1B}[B", .down), ("\u{1B}[C", .right), ("\u{1B}[D", .left),
    ("\u{1B}OA", .up), ("\u{1B}OH", .home), ("\u{1B}OF", .end), ("\u{1B}[H", .home),
    ("\u{1B}[F", .end), ("\u{1B}[1~", .home), ("\u{1B}[7~", .home), ("\u{1B}[4~", .end),
    ("\u{1B}[8~", .end), ("\u{1B}[3~", .delete), ("\u{1B}[3;5~", .deleteWordRight),
    ("\u{1B}[1;5C", .wordRight), ("\u{1B}[1;5D", .wordLeft), ("\u{1B}[1;3C", .wordRight),
    ("\u{1B}[1;2C", .right), ("\u{1B}b", .wordLeft), ("\u{1B}f", .wordRight),
    ("\u{1B}d", .deleteWordRight), ("\u{1B}\u{7F}", .deleteWordLeft), ("\u{1B}\r", .newline),
    ("\u{1B}\n", .newline), ("\u{1B}[13;2u", .newline), ("\u{1B}[13u", .enter),
    ("\u{1B}[27;2;13~", .newline), ("\r", .enter), ("\n", .enter), ("\u{7F}", .backspace),
    ("\u{08}", .backspace), ("\t", .tab), ("\u{01}", .home), ("\u{02}", .left),
    ("\u{03}", .interrupt), ("\u{04}", .endOfInput), ("\u{05}", .end), ("\u{06}", .right),
    ("\u{0B}", .deleteToEnd), ("\u{0C}", .clearScreen), ("\u{0E}", .down), ("\u{10}", .up),
    ("\u{15}", .deleteToStart), ("\u{17}", .deleteWordLeft),
    ("\u{1B}[200~a\r\nb\rc\u{1B}[31m\u{3}\u{1B}[201~", .paste("a\nb\nc\u{1B}[31m\u{3}")),
    ("\u{1B}[200~\u{1B}[201~", .paste("")),
  ]

  @Test(arguments: sequences.indices)
  func `a sequence is one key, in one piece or byte by byte`(index: Int) {
    let (sequence, key) = Self.sequences[index]
    var parser = KeyParser()
    #expect(parser.keys(from: sequence.utf8) == [key])
    #expect(sequence.utf8.flatMap { parser.keys(from: [$0]) } == [key])
    #expect(!parser.isWaiting)
  }

  @Test func `text comes as it was typed, between other keys`() {
    var parser = KeyParser()
    let keys = parser.keys(from: "añ日\u{1B}[D👩‍👧b\r".utf8)
    #expect(keys == [.text("añ日"), .left, .text("👩‍👧b"), .enter])
  }

  @Test(arguments: ["é", "日", "👩"])
  func `a character split between reads waits for its end`(character: String) {
    var parser = KeyParser()
    let bytes = Array(character.utf8)
    for byte in bytes.dropLast() { #expect(parser.keys(from: [byte]) == []) }
    #expect(parser.keys(from: bytes.suffix(1)) == [.text(character)])
  }

  @Test func `bytes that are not UTF-8 become replacement characters`() {
    var parser = KeyParser()
    #expect(parser.keys(from: [0xFF, 0x61]) == [.text("\u{FFFD}a")])
    #expect(parser.keys(from: [0xE6, 0x97, 0x0D]) == [.text("\u{FFFD}"), .enter])
    #expect(parser.keys(from: [0x80, 0x80, 0x80, 0x80, 0x61]).count == 1)
  }

  @Test func `Escape alone is a key after silence`() {
    var parser = KeyParser()
    #expect(parser.keys(from: [0x1B]) == [])
    #expect(parser.isWaiting)
    #expect(parser.keysAfterSilence() == [.escape])
    #expect(!parser.isWaiting)
    #expect(parser.keysAfterSilence() == [])
    #expect(parser.keys(from: [0x61]) == [.text("a")])
  }

  @Test(arguments: [
    "\u{1B}[99X", "\u{1B}[?1;2c", "\u{1B}Ox", "\u{1B}z", "\u{1B}[<0;1;1M", "\u{07}",
  ])
  func `unknown sequences are dropped`(sequence: String) {
    var parser = KeyParser()
    #expect(parser.keys(from: (sequence + "k").utf8) == [.text("k")])
  }

  @Test func `a sequence without end is not collected`() {
    var parser = KeyParser()
    let keys = parser.keys(from: ("\u{1B}[" + String(repeating: "1;", count: 100_000) + "Ak").utf8)
    #expect(keys == [.text("k")])
  }

  @Test func `numbers too large for anything are no trouble`() {
    var parser = KeyParser()
    #expect(parser.keys(from: "\u{1B}[99999999999999999999;5~".utf8) == [])
    #expect(parser.keys(from: "\u{1B}[;;;~".utf8) == [])
  }

  @Test(arguments: [0, 1, 2, 3])
  func `a long paste comes in chunks that make the whole`(offset: Int) {
    var parser = KeyParser()
    let text = String(repeating: "x", count: offset) + String(repeating: "日本€", count: 60_000)
    var pasted = ""
    for key in parser.keys(from: ("\u{1B}[200~" + text + "\u{1B}[201~").utf8) {
      guard case .paste(let part) = key else {
        Issue.record("not a paste: \(key)")
        return
      }
      #expect(part.utf8.count <= KeyParser.pasteChunk + 8)
      pasted += part
    }
    #expect(pasted == text)
    #expect(parser.keys(from: "k".utf8) == [.text("k")])
  }

  @Test func `no bytes trap the parser`() {
    var state: UInt64 = 5
    var parser = KeyParser()
    for _ in 0..<200_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // Mostly bytes that mean something in sequences.
      let choices: [UInt8] = [0x1B, 0x5B, 0x4F, 0x32, 0x30, 0x31, 0x7E, 0x3B, UInt8(state >> 56)]
      _ = parser.keys(from: [choices[Int(state >> 33) % choices.count]])
    }
    _ = parser.keys(from: "\u{1B}[201~\u{1B}[201~".utf8)
    _ = parser.keysAfterSilence()
    #expect(parser.keys(from: "ok".utf8) == [.text("ok")])
  }
}
