// Owns: the way between the terminal and the editor's state: bytes in, text out, raw mode.
// Not here: what keys do (EditorState) and how it looks (EditorScreen).

import Foundation

/// Reads inputs from a person, with editing and history; or lines from a pipe.
///
/// `read` blocks its thread. One editor serves one program, and only one thread uses it. While it
/// lives on a terminal, SIGTERM and SIGHUP end the program after the terminal is given back.
package final class LineEditor {
  /// What reading came to.
  package enum Result: Sendable, Equatable {
    /// A complete input, without its last line break.
    case input(String)
    /// Ctrl-C; what was typed is gone.
    case interrupted
    /// The end of the input.
    case ended
  }

  private static let pasteOn = "\u{1B}[?2004h"
  private static let pasteOff = "\u{1B}[?2004l"

  private let capabilities: TerminalCapabilities
  private let historyFile: HistoryFile?
  private let terminal = TerminalKeeper()
  private let watch: SignalWatch?
  private var state: EditorState
  private var parser = KeyParser()
  private var waitingKeys: [Key] = []

  /// An editor for the terminal that `capabilities` describes, with the inputs kept in `history`.
  package init(capabilities: TerminalCapabilities, history: HistoryFile? = nil) {
    self.capabilities = capabilities
    historyFile = capabilities.movesCursor ? history : nil
    state = EditorState(history: InputHistory(historyFile?.load() ?? []))
    // A program that is told to end must not leave the terminal raw. One watch for all reads:
    // Dispatch takes a while to let go of a signal, and a new watch in that time would miss it.
    let terminal = terminal
    watch =
      capabilities.movesCursor
      ? SignalWatch([SIGTERM, SIGHUP]) { signal in
        terminal.restore()
        exit(128 + signal)
      } : nil
  }

  /// Gives the terminal back as it was; for those who end the program from another thread.
  package var restoreTerminal: @Sendable () -> Void {
    let terminal = terminal
    return { terminal.restore() }
  }

  /// Reads one input, after showing `prompt` where a person types.
  ///
  /// Without a terminal that moves the cursor, lines are read as they come and no prompt is
  /// shown; the rules of `MultilineInput` hold there too. Throws `systemCall`, and
  /// `historyNotWritten` only through `historyProblem`.
  package func read(_ prompt: Prompt) throws(TerminalError) -> Result {
    guard capabilities.movesCursor else { return readPlainly(prompt) }
    try terminal.enterRawMode()
    defer { terminal.restore() }
    write(LineEditor.pasteOn)
    defer { write(LineEditor.pasteOff) }
    return try edit(prompt)
  }

  /// The last failure to keep an input in the history file, which stops no reading.
  package private(set) var historyProblem: TerminalError?

  private func edit(_ prompt: Prompt) throws(TerminalError) -> Result {
    var prompt = prompt
    if !capabilities.usesColor { prompt.style = nil }
    var screen = EditorScreen()
    var size = LineEditor.size()
    show(&screen, prompt, size)
    while true {
      let keys = try nextKeys()
      for (index, key) in keys.enumerated() {
        let shown = state.buffer
        guard let result = handle(key, &screen) else { continue }
        waitingKeys = Array(keys[(index + 1)...])
        write(screen.finish(shown, prompt: prompt, width: size.width))
        return result
      }
      let newSize = LineEditor.size()
      if !keys.isEmpty || newSize != size {
        size = newSize
        show(&screen, prompt, size)
      }
    }
  }

  /// Does what `key` means; returns what reading came to, where it has ended.
  private func handle(_ key: Key, _ screen: inout EditorScreen) -> Result? {
    let typed = state.buffer.text
    switch state.handle(key) {
    case .redraw: return nil
    case .clearScreen:
      write(screen.clear())
      return nil
    case .refused:
      write("\u{07}")
      return nil
    case .submitted(let input):
      keep(typed)
      return .input(input)
    case .interrupted: return .interrupted
    case .ended: return .ended
    }
  }

  private func nextKeys() throws(TerminalError) -> [Key] {
    if !waitingKeys.isEmpty {
      defer { waitingKeys = [] }
      return waitingKeys
    }
    // Short after an Escape byte, to tell the key from a sequence; otherwise only as often as a
    // changed window should be noticed.
    switch try TerminalDevice.read(milliseconds: parser.isWaiting ? 50 : 300) {
    case .bytes(let bytes): return parser.keys(from: bytes)
    case .nothingYet: return parser.keysAfterSilence()
    case .ended: return [.interrupt, .endOfInput]
    }
  }

  private func keep(_ input: String) {
    guard let historyFile, !input.allSatisfy(\.isWhitespace) else { return }
    do throws(TerminalError) {
      try historyFile.append(input)
    } catch {
      historyProblem = error
    }
  }

  private func readPlainly(_ prompt: Prompt) -> Result {
    var text: String?
    while let line = readLine(strippingNewline: true) {
      let lines = text.map { $0 + "\n" + line } ?? line
      if let input = MultilineInput.complete(lines) { return .input(input) }
      text = lines
    }
    // What was begun and not ended is still an input.
    return text.map { .input($0) } ?? .ended
  }

  private func show(_ screen: inout EditorScreen, _ prompt: Prompt, _ size: WindowSize) {
    write(screen.show(state.buffer, prompt: prompt, width: size.width, height: size.height))
  }

  private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

  private struct WindowSize: Equatable {
    var width: Int
    var height: Int
  }

  private static func size() -> WindowSize {
    let size = TerminalDevice.windowSize() ?? (80, 24)
    return WindowSize(width: size.width, height: size.height)
  }
}
