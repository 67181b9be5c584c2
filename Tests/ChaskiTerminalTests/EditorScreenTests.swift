// Checks: what the editor shows, on a small model of a terminal.

import ChaskiTerminal
import Testing

/// A terminal of fixed size that knows the sequences the editor uses.
struct ModelTerminal {
  let width: Int
  var cells: [[Character]] = [[]]
  var row = 0
  var column = 0
  /// Whether anything was written beyond the last column, or a sequence was not known.
  var isBroken = false

  init(width: Int) { self.width = width }

  var lines: [String] { cells.map { String($0.filter { $0 != "\0" }) } }

  mutating func write(_ text: String) {
    // A carriage return and a line feed are one Character in Swift, but two for a terminal.
    var rest = text.flatMap { $0 == "\r\n" ? ["\r", "\n"] : [$0] }[...]
    while let character = rest.popFirst() {
      switch character {
      case "\r": column = 0
      case "\n":
        row += 1
        if row == cells.count { cells.append([]) }
      case "\u{1B}":
        let sequence = rest.prefix { !$0.isLetter }
        rest = rest.dropFirst(sequence.count)
        control(String(sequence), rest.popFirst() ?? "?")
      default: put(character)
      }
    }
  }

  private mutating func put(_ character: Character) {
    let columns = DisplayWidth.of(character)
    if column + columns > width { isBroken = true }
    while cells[row].count < column + columns { cells[row].append(" ") }
    cells[row][column] = character
    if columns == 2 { cells[row][column + 1] = "\0" }
    column += columns
  }

  private mutating func control(_ sequence: String, _ final: Character) {
    let number = Int(sequence.dropFirst()) ?? 1
    switch final {
    case "A":
      if number > row { isBroken = true }
      row = max(0, row - number)
    case "C": column = min(column + number, width - 1)
    case "J" where sequence == "[":
      cells.removeSubrange((row + 1)...)
      cells[row].removeSubrange(min(column, cells[row].count)...)
    case "J":
      cells = [[]]
    case "H": (row, column) = (0, 0)
    case "m": break
    default: isBroken = true
    }
  }
}

struct EditorScreenTests {
  private let prompt = Prompt(first: "> ", next: ". ", style: .bold)

  @Test(arguments: [
    ("", ["> "], 0, 2), ("abc", ["> abc"], 0, 5), ("abcdefgh", ["> abcdefgh", ""], 1, 0),
    ("abcdefghi", ["> abcdefgh", "i"], 1, 1), ("ab\ncd", ["> ab", ". cd"], 1, 4),
    ("abcdefgh\nx", ["> abcdefgh", ". x"], 1, 3),
    ("abcdefg日", ["> abcdefg", "日"], 1, 2), ("日本語文", ["> 日本語文", ""], 1, 0),
    ("a\u{1B}b", ["> a␛b"], 0, 5), ("a\tb", ["> a    b"], 0, 8),
    ("e\u{301}x", ["> e\u{301}x"], 0, 4),
  ])
  func `the input is laid out in rows`(text: String, rows: [String], row: Int, column: Int) {
    var terminal = ModelTerminal(width: 10)
    var screen = EditorScreen()
    terminal.write(screen.show(LineBuffer(text), prompt: prompt, width: 10, height: 20))
    #expect(terminal.lines == rows)
    #expect((terminal.row, terminal.column) == (row, column))
    #expect(!terminal.isBroken)
  }

  @Test func `each showing replaces the one before`() {
    var terminal = ModelTerminal(width: 12)
    terminal.write("before\r\n")
    var screen = EditorScreen()
    var state = EditorState(history: InputHistory(["an older input of several rows\nand lines"]))
    let keys: [Key] = [
      .text("some words that wrap"), .home, .right, .text("日本"), .newline, .end, .up, .up, .up,
      .down, .wordLeft, .deleteToEnd, .backspace, .paste("x\ny\nz"), .up, .deleteToStart, .left,
    ]
    for key in keys {
      _ = state.handle(key)
      terminal.write(screen.show(state.buffer, prompt: prompt, width: 12, height: 20))
      var fresh = ModelTerminal(width: 12)
      fresh.write("before\r\n")
      var freshScreen = EditorScreen()
      fresh.write(freshScreen.show(state.buffer, prompt: prompt, width: 12, height: 20))
      #expect(terminal.lines == fresh.lines)
      #expect((terminal.row, terminal.column) == (fresh.row, fresh.column))
      #expect(!terminal.isBroken)
    }
    terminal.write(screen.finish(state.buffer, prompt: prompt, width: 12) + "after")
    #expect(terminal.lines.first == "before" && terminal.lines.last == "after")
  }

  @Test func `an input taller than the window shows the rows around the cursor`() {
    var buffer = LineBuffer((0..<50).map { "line \($0)" }.joined(separator: "\n"))
    var terminal = ModelTerminal(width: 20)
    var screen = EditorScreen()
    terminal.write(screen.show(buffer, prompt: prompt, width: 20, height: 7))
    #expect(terminal.lines.last == ". line 49" && terminal.cells.count == 7)
    for _ in 0..<25 { _ = buffer.moveUp() }
    terminal.write(screen.show(buffer, prompt: prompt, width: 20, height: 7))
    #expect(terminal.lines[terminal.row] == ". line 24" && terminal.cells.count == 7)
    #expect(!terminal.isBroken)
  }

  @Test(arguments: 1...6)
  func `a window too narrow for anything is survived`(width: Int) {
    var screen = EditorScreen()
    for text in ["", "日本", "abc\ndef"] {
      let shown = screen.show(LineBuffer(text), prompt: prompt, width: width, height: 1)
      #expect(!shown.isEmpty)
    }
  }
}
