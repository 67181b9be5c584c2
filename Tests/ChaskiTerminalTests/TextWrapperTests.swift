// Checks: wrapping of streamed text.

import ChaskiTerminal
import Testing

struct TextWrapperTests {
  private func wrap(_ pieces: [String], width: Int?) -> String {
    var wrapper = TextWrapper(width: width)
    return pieces.map { wrapper.add($0) }.joined() + wrapper.finish()
  }

  static let cases: [(String, String)] = [
    ("one two three four", "one two\nthree four"), ("0123456789 a", "0123456789\na"),
    ("01234567890123", "0123456789\n0123"), ("ab 01234567890123", "ab\n0123456789\n0123"),
    ("a\nb\n\nc", "a\nb\n\nc"), ("  indented line here", "  indented\nline here"),
    ("trailing  \nx", "trailing\nx"), ("日本語の文章です", "日本語の文\n章です"),
    ("ab 日本語の文章", "ab 日本語\nの文章"),
    ("e\u{301}e\u{301}e\u{301} 1234567", "e\u{301}e\u{301}e\u{301}\n1234567"),
    (
      "```swift\nlet longer = than the width\n```\nback to normal text",
      "```swift\nlet longer = than the width\n```\nback to\nnormal\ntext"
    ),
    ("~~~\na b c d e f g h i\n~~~", "~~~\na b c d e f g h i\n~~~"),
    ("``not`` a fence but words", "``not`` a\nfence but\nwords"),
    ("    ```\nfour spaces are no fence", "    ```\nfour\nspaces are\nno fence"),
    ("a ``` b c d e f g h", "a ``` b c\nd e f g h"), ("", ""), ("   ", "   "), ("\n", "\n"),
    ("1234567890\n1234567890", "1234567890\n1234567890"), ("a\r\nb", "a\r\nb"),
  ]

  @Test(arguments: cases.indices)
  func `text is wrapped at ten columns`(index: Int) {
    let (text, expected) = Self.cases[index]
    #expect(wrap([text], width: 10) == expected)
  }

  @Test(arguments: cases.indices)
  func `how the text is cut into pieces does not matter`(index: Int) {
    let (text, expected) = Self.cases[index]
    #expect(wrap(text.unicodeScalars.map { String(Character($0)) }, width: 10) == expected)
    for size in [2, 3, 5] {
      let scalars = Array(text.unicodeScalars)
      let pieces = stride(from: 0, to: scalars.count, by: size).map { start in
        scalars[start..<min(start + size, scalars.count)].reduce(into: "") {
          $0.unicodeScalars.append($1)
        }
      }
      #expect(wrap(pieces, width: 10) == expected)
    }
  }

  @Test(arguments: cases.indices)
  func `without a width nothing is altered or held back`(index: Int) {
    let text = Self.cases[index].0
    var wrapper = TextWrapper(width: nil)
    #expect(wrapper.add(text) == text)
    #expect(wrapper.finish() == "")
  }

  @Test(arguments: [2, 3, 7, 40])
  func `no line outside code is wider than the window, and only spaces are lost`(width: Int) {
    let alphabet = Array("abcd    日本é👩‍👧\n")
    var state: UInt64 = 3
    for _ in 0..<200 {
      var text = ""
      for _ in 0..<120 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text.append(alphabet[Int(state >> 33) % alphabet.count])
      }
      let wrapped = wrap([text], width: width)
      #expect(wrapped.filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace })
      for line in wrapped.split(separator: "\n") {
        #expect(DisplayWidth.of(String(line).trimmingTrailingSpaces()) <= width)
      }
    }
  }

  @Test func `finished words come out before the text ends`() {
    var wrapper = TextWrapper(width: 80)
    #expect(wrapper.add("The qui") == "The")
    #expect(wrapper.add("ck brown ") == " quick")
    #expect(wrapper.finish() == " brown ")
  }
}

extension String {
  fileprivate func trimmingTrailingSpaces() -> String {
    String(reversed().drop { $0 == " " }.reversed())
  }
}
