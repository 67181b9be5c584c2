// Checks: editing of text with a cursor.

import ChaskiTerminal
import Testing

struct LineBufferTests {
  /// A buffer from text in which `|` is the cursor.
  private func buffer(_ text: String) -> LineBuffer {
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
    var buffer = LineBuffer(parts.joined())
    buffer.move(by: -parts[1].count)
    return buffer
  }

  private func shown(_ buffer: LineBuffer) -> String {
    String(buffer.characters[..<buffer.cursor]) + "|" + String(buffer.characters[buffer.cursor...])
  }

  private func insert(_ text: String, into buffer: inout LineBuffer) -> Bool {
    buffer.insert(text)
  }

  static let edits: [(String, String, @Sendable (inout LineBuffer) -> Void)] = [
    ("ab|c", "a|bc", { $0.move(by: -1) }), ("|ab", "|ab", { $0.move(by: -1) }),
    ("ab|", "ab|", { $0.move(by: 1) }), ("a👩‍👧|b", "a|b", { $0.deleteLeft() }),
    ("|ab", "|ab", { $0.deleteLeft() }), ("a|bc", "a|c", { $0.deleteRight() }),
    ("ab|", "ab|", { $0.deleteRight() }),
    ("one\ntw|o\nx", "one\n|two\nx", { $0.moveToLineStart() }),
    ("one\nt|wo\nx", "one\ntwo|\nx", { $0.moveToLineEnd() }),
    ("one\nt|wo\nx", "one\ntwo\nx|", { $0.moveToEnd() }),
    ("one\nt|wo\nx", "one\n|wo\nx", { $0.deleteToLineStart() }),
    ("one\nt|wo\nx", "one\nt|\nx", { $0.deleteToLineEnd() }),
    ("one|\ntwo", "one|two", { $0.deleteToLineEnd() }), ("ab|", "ab|", { $0.deleteToLineEnd() }),
    ("one two  |x", "one |x", { $0.deleteWordLeft() }),
    ("one t|wo", "one |wo", { $0.deleteWordLeft() }), ("|one", "|one", { $0.deleteWordLeft() }),
    ("o|ne two", "o| two", { $0.deleteWordRight() }),
    ("one| two x", "one| x", { $0.deleteWordRight() }),
    ("one two|", "one |two", { $0.moveWordLeft() }),
    ("|one two", "one| two", { $0.moveWordRight() }),
    ("abc\nde|f", "ab|c\ndef", { _ = $0.moveUp() }), ("a\nbcd|", "a|\nbcd", { _ = $0.moveUp() }),
    ("ab|c\nd", "abc\nd|", { _ = $0.moveDown() }),
    ("ab|c\ndef\n", "abc\nde|f\n", { _ = $0.moveDown() }),
    ("a|b\n", "ab\n|", { _ = $0.moveDown() }), ("a|b", "a|b", { _ = $0.moveDown() }),
    ("|", "|", { _ = $0.moveUp() }), ("a|c", "ab|c", { _ = $0.insert("b") }),
    ("a|", "a|", { _ = $0.insert("") }),
  ]

  @Test(arguments: edits.indices)
  func `an edit does what it says`(index: Int) {
    let (before, after, edit) = Self.edits[index]
    var buffer = buffer(before)
    edit(&buffer)
    #expect(shown(buffer) == after)
  }

  @Test func `moving past the first or last line says so`() {
    var buffer = LineBuffer("a\nb")
    #expect(buffer.moveUp() && !buffer.moveUp())
    #expect(buffer.moveDown() && !buffer.moveDown())
  }

  @Test func `parts of a character that come one by one make one character`() {
    var buffer = LineBuffer()
    for scalar in "e\u{301}👩\u{200D}👧🇫🇷".unicodeScalars {
      #expect(insert(String(Character(scalar)), into: &buffer))
    }
    #expect(buffer.characters.count == 3)
    #expect(buffer.cursor == 3)
    buffer.deleteLeft()
    #expect(buffer.text == "e\u{301}👩\u{200D}👧")
  }

  @Test func `text beyond the limit is refused whole`() {
    var buffer = LineBuffer(String(repeating: "a", count: LineBuffer.limit - 1))
    #expect(!insert("bc", into: &buffer))
    #expect(buffer.characters.count == LineBuffer.limit - 1)
    #expect(insert("b", into: &buffer))
    #expect(!insert("c", into: &buffer))
    #expect(
      LineBuffer(String(repeating: "a", count: LineBuffer.limit + 9)).cursor == LineBuffer.limit
    )
  }
}
