// Owns: writing to the program's standard output and error.

import ChaskiTerminal
import Foundation

/// The program's output: answers and results on standard output, everything about them on standard error.
enum Console {
  /// Writes `text` to standard output at once.
  static func write(_ text: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      // Nobody reads any more, or the disk is full: there is no sense in computing on.
      endOutput(error)
    }
  }

  /// Writes `line` and a newline to standard output.
  static func line(_ line: String = "") {
    write(line + "\n")
  }

  /// Writes `line` and a newline to standard error.
  static func note(_ line: String) {
    status(line + "\n")
  }

  /// Writes `line` and a newline to standard error, in place of the progress that stands there.
  static func stopped(_ line: String) {
    status((TerminalDevice.capabilities().errorIsTerminal ? "\r\u{1B}[K" : "") + line + "\n")
  }

  /// Writes `text` to standard error; if nobody can read it, so be it.
  static func status(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Writes `value` as one line of JSON to standard output.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    line(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Ends the program with `status`.
  static func end(_ status: Int32) -> Never {
    exit(status)
  }

  /// All of standard input, or nothing if it is a terminal.
  static func pipedInput() throws -> [UInt8]? {
    guard isatty(STDIN_FILENO) == 0 else { return nil }
    return try UserFile.contents(of: .standardInput, path: "standard input")
  }

  private static func endOutput(_ error: any Error) -> Never {
    let system = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    // As a program ends whose reader has gone, where the signal for that is ignored.
    if system?.code == Int(EPIPE) { end(128 + SIGPIPE) }
    note("Error: standard output cannot be written: \(UserFile.reason(of: error)).")
    end(1)
  }
}
