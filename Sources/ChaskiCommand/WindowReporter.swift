// Owns: showing windows of a text being read, on standard error.

import ChaskiTerminal
import Foundation

/// Shows how many windows are read.
struct WindowReporter: Sendable {
  private let isQuiet: Bool
  private let isTerminal: Bool

  /// A reporter; `isQuiet` shows nothing.
  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isTerminal = TerminalDevice.capabilities().errorIsTerminal
  }

  /// Shows that window `window` (from 0) is read, and the mean divergence up to it.
  func show(_ window: Int, of count: Int, divergence: Double? = nil) {
    guard !isQuiet else { return }
    let figure = divergence.map { String(format: "  divergence %.6f", $0) } ?? ""
    let line = "[\(window + 1)/\(count)]\(figure)"
    Console.status(isTerminal ? "\r\(line)\u{1B}[K" : line + "\n")
  }

  /// Ends the line, if there is one.
  func finish() {
    if !isQuiet, isTerminal { Console.status("\r\u{1B}[K") }
  }
}
