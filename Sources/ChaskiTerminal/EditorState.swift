// Owns: what each key does to the input.
// Not here: bytes (KeyParser), the screen (EditorScreen), reading and writing (LineEditor).

/// The state of a line editor: keys in, events out.
package struct EditorState: Sendable, Equatable {
  /// What the editor's owner must do after a key.
  package enum Event: Sendable, Equatable {
    /// Show the buffer again.
    case redraw
    /// Clear the screen, then show the buffer again.
    case clearScreen
    /// Nothing could be done; a bell may say so.
    case refused
    /// The input is complete.
    case submitted(String)
    /// Ctrl-C: the input was thrown away.
    case interrupted
    /// Ctrl-D on an empty input: no more will come.
    case ended
  }

  /// The text being edited.
  package private(set) var buffer = LineBuffer()
  private var history: InputHistory

  /// An empty input above which `history` can be walked through.
  package init(history: InputHistory = InputHistory()) { self.history = history }

  /// The inputs made so far, oldest first.
  package var pastInputs: [String] { history.entries }

  /// Does what `key` means.
  package mutating func handle(_ key: Key) -> Event {
    switch key {
    case .text(let text), .paste(let text): return buffer.insert(text) ? .redraw : .refused
    case .newline: return buffer.insert("\n") ? .redraw : .refused
    case .enter: return submit()
    case .interrupt:
      buffer.clear()
      history.reset()
      return .interrupted
    case .endOfInput:
      if buffer.isEmpty { return .ended }
      buffer.deleteRight()
    case .clearScreen: return .clearScreen
    case .up: return moveUp()
    case .down: return moveDown()
    case .tab, .escape: return .refused
    default: edit(key)
    }
    return .redraw
  }

  private mutating func edit(_ key: Key) {
    switch key {
    case .backspace: buffer.deleteLeft()
    case .delete: buffer.deleteRight()
    case .left: buffer.move(by: -1)
    case .right: buffer.move(by: 1)
    case .home: buffer.moveToLineStart()
    case .end: buffer.moveToLineEnd()
    case .wordLeft: buffer.moveWordLeft()
    case .wordRight: buffer.moveWordRight()
    case .deleteWordLeft: buffer.deleteWordLeft()
    case .deleteWordRight: buffer.deleteWordRight()
    case .deleteToStart: buffer.deleteToLineStart()
    case .deleteToEnd: buffer.deleteToLineEnd()
    default: break
    }
  }

  /// Hands on a complete input, or goes on with the next line of an incomplete one.
  private mutating func submit() -> Event {
    guard let input = MultilineInput.complete(buffer.text) else {
      buffer.moveToEnd()
      return buffer.insert("\n") ? .redraw : .refused
    }
    history.add(buffer.text)
    buffer.clear()
    return .submitted(input)
  }

  private mutating func moveUp() -> Event {
    if buffer.moveUp() { return .redraw }
    guard let entry = history.previous(buffer.text) else { return .refused }
    buffer = LineBuffer(entry)
    return .redraw
  }

  private mutating func moveDown() -> Event {
    if buffer.moveDown() { return .redraw }
    guard let entry = history.next() else { return .refused }
    buffer = LineBuffer(entry)
    return .redraw
  }
}
