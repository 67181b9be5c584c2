// Checks: what keys do, submission over several lines, history.

import ChaskiTerminal
import Foundation
import Testing

struct EditorStateTests {
  private func type(_ keys: [Key], into state: inout EditorState) -> [EditorState.Event] {
    keys.map { state.handle($0) }
  }

  @Test func `enter submits and empties`() {
    var state = EditorState()
    #expect(type([.text("hi"), .enter], into: &state) == [.redraw, .submitted("hi")])
    #expect(state.buffer.isEmpty)
    #expect(state.handle(.enter) == .submitted(""))
  }

  @Test func `a backslash at the end goes on with the next line`() {
    var state = EditorState()
    #expect(
      type([.text(#"a\"#), .enter, .text("b")], into: &state) == [.redraw, .redraw, .redraw]
    )
    #expect(state.handle(.enter) == .submitted("a\nb"))
  }

  @Test func `three quotes go on until three quotes`() {
    var state = EditorState()
    _ = type(
      [.text("\"\"\""), .enter, .text("a"), .enter, .enter, .text("b\"\"\"")],
      into: &state
    )
    #expect(state.handle(.enter) == .submitted("a\n\nb"))
  }

  @Test func `enter inside an incomplete input adds the line at its end`() {
    var state = EditorState()
    _ = type([.text("\"\"\"ab"), .left, .enter], into: &state)
    #expect(state.buffer.text == "\"\"\"ab\n")
  }

  @Test func `Alt-Enter and a paste break lines without submitting`() {
    var state = EditorState()
    let events = type([.text("a"), .newline, .paste("b\nc")], into: &state)
    #expect(events == [.redraw, .redraw, .redraw])
    #expect(state.handle(.enter) == .submitted("a\nb\nc"))
  }

  @Test func `Ctrl-C clears and says so, Ctrl-D ends only an empty input`() {
    var state = EditorState()
    #expect(type([.text("abc"), .interrupt], into: &state) == [.redraw, .interrupted])
    #expect(state.buffer.isEmpty)
    #expect(
      type([.text("ab"), .home, .endOfInput, .endOfInput, .endOfInput], into: &state)
        == [.redraw, .redraw, .redraw, .redraw, .ended]
    )
  }

  @Test func `up and down walk through the history and back to the draft`() {
    var state = EditorState(history: InputHistory(["one", "two\nlines"]))
    _ = state.handle(.text("draft"))
    var seen: [String] = []
    for key: Key in [.up, .up, .up, .up, .down, .down, .down, .down] {
      _ = state.handle(key)
      seen.append(state.buffer.text)
    }
    #expect(
      seen == [
        "two\nlines", "two\nlines", "one", "one", "two\nlines", "draft", "draft", "draft",
      ]
    )
    #expect(state.handle(.down) == .refused)
  }

  @Test func `history leaves out blanks and repetitions and is bounded`() {
    var history = InputHistory()
    for entry in ["a", "a", "  ", "", "b", "a"] { history.add(entry) }
    #expect(history.entries == ["a", "b", "a"])
    for index in 0..<2000 { history.add("\(index)") }
    #expect(history.entries.count == InputHistory.limit)
    #expect(history.entries.last == "1999")
  }

  @Test func `keys without a meaning here are refused`() {
    var state = EditorState()
    #expect(
      type([.tab, .escape, .up, .down], into: &state) == Array(repeating: .refused, count: 4)
    )
    #expect(state.handle(.clearScreen) == .clearScreen)
  }

  @Test(arguments: [
    ("a", "a"), ("a\\", nil), ("a\\\nb", "a\nb"), ("a\\\nb\\", nil), ("", ""),
    ("\"\"\"x\"\"\"", "x"), ("\"\"\"", nil), ("\"\"\"\"", nil), ("\"\"\"\"\"", nil),
    ("\"\"\"\"\"\"", ""), ("\"\"\"a\"", nil), ("\"\"\"\na\n\"\"\"", "a"),
    ("say \"\"\"", "say \"\"\""),
  ])
  func `an input is complete or goes on`(text: String, expected: String?) {
    #expect(MultilineInput.complete(text) == expected)
  }
}

struct HistoryFileTests {
  @Test func `inputs come back as they were, in a file of the owner's only`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "sub/history")
    let file = HistoryFile(url: url)
    #expect(file.load() == [])
    let entries = ["plain", #"back\slash \n"#, "two\nlines\\\n", "日本\r\u{1B}[31m", "ends in \r"]
    for entry in entries { try file.append(entry) }
    #expect(file.load() == entries)
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path) == [
        "history"
      ]
    )
  }

  @Test func `two sessions keep each other's inputs, up to the limit`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "history")
    try HistoryFile(url: url).append("one")
    try HistoryFile(url: url).append("two")
    #expect(HistoryFile(url: url).load() == ["one", "two"])
    let many = (0..<3000).map { "\($0)\n" }.joined()
    try Data(many.utf8).write(to: url)
    try HistoryFile(url: url).append("last")
    let loaded = HistoryFile(url: url).load()
    #expect(loaded.count == InputHistory.limit)
    #expect(loaded.suffix(2) == ["2999", "last"])
  }

  @Test func `inputs too large to be kept together drop the oldest`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = HistoryFile(url: folder.appending(path: "history"))
    let sizes = [3, 3, 1].map { HistoryFile.byteLimit / 8 * $0 }
    let entries = sizes.enumerated().map { String(repeating: "\($0.offset)", count: $0.element) }
    for entry in entries + ["last", entries[0]] { try file.append(entry) }
    #expect(file.load() == [entries[1], entries[2], "last", entries[0]])
  }

  @Test func `a folder that cannot be made is a typed error`() {
    let file = HistoryFile(url: URL(filePath: "/dev/null/history"))
    #expect(throws: TerminalError.self) { try file.append("x") }
    #expect(file.load() == [])
  }
}
