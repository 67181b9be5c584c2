// Owns: text being edited, and a cursor in it.
// Not here: keys, history, the screen.

/// Text of one or more lines with a cursor; positions count characters as the user sees them.
package struct LineBuffer: Sendable, Equatable {
  /// The most characters held; what goes beyond is refused.
  package static let limit = 1 << 20

  /// The text, character by character.
  package private(set) var characters: [Character] = []
  /// How many characters are left of the cursor.
  package private(set) var cursor = 0

  /// An empty buffer.
  package init() {}

  /// The text `text` with the cursor at its end.
  package init(_ text: String) {
    characters = Array(text.prefix(LineBuffer.limit))
    cursor = characters.count
  }

  /// The whole text.
  package var text: String { String(characters) }

  /// Whether there is no text.
  package var isEmpty: Bool { characters.isEmpty }

  /// Inserts at the cursor; returns false, changing nothing, where the text would be too long.
  ///
  /// A combining mark, or the next part of an emoji, joins the character before the cursor.
  package mutating func insert(_ text: String) -> Bool {
    var start = cursor
    var inserted = Array(text)
    if cursor > 0, let first = inserted.first, !text.isEmpty {
      let joined = Array(String(characters[cursor - 1]) + String(first))
      if joined.count == 1 {
        start -= 1
        inserted[0] = joined[0]
      }
    }
    guard characters.count + inserted.count <= LineBuffer.limit else { return false }
    characters.replaceSubrange(start..<cursor, with: inserted)
    cursor = start + inserted.count
    return true
  }

  /// Removes all text.
  package mutating func clear() { self = LineBuffer() }

  /// Moves by `offset` characters, as far as the text goes.
  package mutating func move(by offset: Int) {
    cursor = min(max(cursor + offset, 0), characters.count)
  }

  /// Moves to the start of the cursor's line.
  package mutating func moveToLineStart() { cursor = lineStart }

  /// Moves to the end of the cursor's line.
  package mutating func moveToLineEnd() { cursor = lineEnd }

  /// Moves to the end of the text.
  package mutating func moveToEnd() { cursor = characters.count }

  /// Moves to the start of the word at the cursor or before it.
  package mutating func moveWordLeft() { cursor = wordStart }

  /// Moves past the end of the word at the cursor or after it.
  package mutating func moveWordRight() { cursor = wordEnd }

  /// Moves to the line above, to the same place in it; returns false on the first line.
  package mutating func moveUp() -> Bool {
    let start = lineStart
    guard start > 0 else { return false }
    let place = cursor - start
    cursor = start - 1
    cursor = min(lineStart + place, start - 1)
    return true
  }

  /// Moves to the line below, to the same place in it; returns false on the last line.
  package mutating func moveDown() -> Bool {
    let end = lineEnd
    guard end < characters.count else { return false }
    let place = cursor - lineStart
    cursor = end + 1
    cursor = min(end + 1 + place, lineEnd)
    return true
  }

  /// Deletes the character before the cursor.
  package mutating func deleteLeft() { delete(max(cursor - 1, 0)..<cursor) }

  /// Deletes the character at the cursor.
  package mutating func deleteRight() { delete(cursor..<min(cursor + 1, characters.count)) }

  /// Deletes back to the start of the word.
  package mutating func deleteWordLeft() { delete(wordStart..<cursor) }

  /// Deletes to the end of the word.
  package mutating func deleteWordRight() { delete(cursor..<wordEnd) }

  /// Deletes from the start of the line to the cursor.
  package mutating func deleteToLineStart() { delete(lineStart..<cursor) }

  /// Deletes to the end of the line, or the line break where the cursor is at the end.
  package mutating func deleteToLineEnd() {
    let end = lineEnd
    delete(cursor..<(end == cursor ? min(cursor + 1, characters.count) : end))
  }

  private mutating func delete(_ range: Range<Int>) {
    characters.removeSubrange(range)
    cursor = range.lowerBound
  }

  private var lineStart: Int {
    characters[..<cursor].lastIndex(of: "\n").map { $0 + 1 } ?? 0
  }

  private var lineEnd: Int { characters[cursor...].firstIndex(of: "\n") ?? characters.count }

  private var wordStart: Int {
    var index = cursor
    while index > 0, characters[index - 1].isWhitespace { index -= 1 }
    while index > 0, !characters[index - 1].isWhitespace { index -= 1 }
    return index
  }

  private var wordEnd: Int {
    var index = cursor
    while index < characters.count, characters[index].isWhitespace { index += 1 }
    while index < characters.count, !characters[index].isWhitespace { index += 1 }
    return index
  }
}
