// Owns: what a person can press, as far as the line editor cares.

/// A key, or a run of text, that came from the keyboard.
package enum Key: Sendable, Equatable {
  /// Typed characters.
  case text(String)
  /// Text from the clipboard, whose line ends do not submit.
  case paste(String)
  /// Enter.
  case enter
  /// Alt-Enter: a line break inside the input.
  case newline
  /// The key that deletes to the left.
  case backspace
  /// The key that deletes to the right.
  case delete
  /// Movement by one character or line.
  case left, right, up, down
  /// Movement to the ends of the line.
  case home, end
  /// Movement by a word.
  case wordLeft, wordRight
  /// Deletion of a word.
  case deleteWordLeft, deleteWordRight
  /// Deletion to the ends of the line.
  case deleteToStart, deleteToEnd
  /// Ctrl-L.
  case clearScreen
  /// Ctrl-C.
  case interrupt
  /// Ctrl-D: the end of input on an empty line, deletion to the right otherwise.
  case endOfInput
  /// Tab.
  case tab
  /// Escape by itself.
  case escape
}
