// Owns: the input laid out in rows, and the sequences that show it.
// Not here: the text itself (LineBuffer), writing to the terminal (LineEditor).

/// What stands before the input on the screen.
package struct Prompt: Sendable, Equatable {
  /// Before the first line.
  package var first: String
  /// Before each further line.
  package var next: String
  /// How both look; nil leaves them plain.
  package var style: Style?

  /// A prompt of plain text; the style comes apart from it, so that its width is known.
  package init(first: String, next: String = "... ", style: Style? = nil) {
    self.first = first
    self.next = next
    self.style = style
  }
}

/// Shows an input of any number of rows, and remembers what it has to take back.
package struct EditorScreen: Sendable {
  /// An input in rows of the window's width.
  struct Layout: Equatable {
    var rows: [String] = [""]
    var cursorRow = 0
    var cursorColumn = 0
  }

  // What is on the screen above and in the cursor's row: columns of each row, cursor last.
  private var shownColumns = [0]

  /// A screen on which nothing is shown yet.
  package init() {}

  /// The text that replaces what is shown by `buffer` in a window of `width` x `height`.
  ///
  /// Where the input is taller than the window, the rows around the cursor are shown.
  package mutating func show(
    _ buffer: LineBuffer,
    prompt: Prompt,
    width: Int,
    height: Int
  ) -> String {
    let layout = EditorScreen.layout(buffer, prompt: prompt, width: max(width, 2))
    let height = max(height, 1)
    let first = max(0, min(layout.cursorRow - height / 2, layout.rows.count - height))
    let rows = layout.rows[first..<min(first + height, layout.rows.count)]
    var text = takeBack(width) + rows.joined(separator: "\r\n") + "\r"
    let cursorRow = layout.cursorRow - first
    text += EditorScreen.up(rows.count - 1 - cursorRow)
    if layout.cursorColumn > 0 { text += "\u{1B}[\(layout.cursorColumn)C" }
    shownColumns =
      rows.prefix(cursorRow).map { EditorScreen.columns(ofRow: $0) } + [layout.cursorColumn]
    return text
  }

  /// The text that shows `buffer` for good and goes to the line after it.
  package mutating func finish(_ buffer: LineBuffer, prompt: Prompt, width: Int) -> String {
    let layout = EditorScreen.layout(buffer, prompt: prompt, width: max(width, 2))
    defer { shownColumns = [0] }
    return takeBack(width) + layout.rows.joined(separator: "\r\n") + "\r\n"
  }

  /// The text that clears the whole window; `show` then begins at its top.
  package mutating func clear() -> String {
    shownColumns = [0]
    return "\u{1B}[H\u{1B}[2J"
  }

  /// Goes to the first row shown and clears from there.
  ///
  /// A window that became narrower has broken the rows shown into more rows.
  private func takeBack(_ width: Int) -> String {
    let width = max(width, 2)
    let above = shownColumns.dropLast().map { max(1, ($0 + width - 1) / width) }.reduce(0, +)
    return EditorScreen.up(above + (shownColumns.last ?? 0) / width) + "\r\u{1B}[J"
  }

  /// The columns of a row of a layout, in which only the prompt's style is an escape sequence.
  private static func columns(ofRow row: String) -> Int {
    var columns = 0
    var isSequence = false
    for character in row {
      if character == "\u{1B}" { isSequence = true }
      if !isSequence { columns += DisplayWidth.of(character) }
      if character == "m" { isSequence = false }
    }
    return columns
  }

  private static func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }

  /// The rows of `buffer`, each at most `width` columns, and where the cursor stands in them.
  static func layout(_ buffer: LineBuffer, prompt: Prompt, width: Int) -> Layout {
    var layout = Layout()
    var column = begin(prompt.first, prompt, width, &layout)
    for (index, character) in buffer.characters.enumerated() {
      let shown = visible(character)
      let columns = character == "\n" ? 0 : DisplayWidth.of(shown)
      if column >= width || column + columns > width, character != "\n" {
        layout.rows.append("")
        column = 0
      }
      if index == buffer.cursor {
        (layout.cursorRow, layout.cursorColumn) = (layout.rows.count - 1, min(column, width - 1))
      }
      if character == "\n" {
        layout.rows.append("")
        column = begin(prompt.next, prompt, width, &layout)
      } else {
        layout.rows[layout.rows.count - 1] += shown
        column += columns
      }
    }
    if buffer.cursor == buffer.characters.count {
      if column >= width {
        layout.rows.append("")
        column = 0
      }
      (layout.cursorRow, layout.cursorColumn) = (layout.rows.count - 1, column)
    }
    return layout
  }

  /// Puts a prompt into the last row; one that would leave no room for text is left out.
  private static func begin(
    _ text: String,
    _ prompt: Prompt,
    _ width: Int,
    _ layout: inout Layout
  ) -> Int {
    let columns = DisplayWidth.of(text)
    guard columns < width - 2 else { return 0 }
    layout.rows[layout.rows.count - 1] +=
      prompt.style?.applied(to: text, usesColor: true) ?? text
    return columns
  }

  private static func visible(_ character: Character) -> String {
    character == "\t"
      ? String(repeating: " ", count: DisplayWidth.tabWidth)
      : TerminalSanitizer.visible(String(character))
  }
}
