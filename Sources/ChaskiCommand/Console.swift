// Owns: writing to the program's standard output and error.

import Foundation

/// The program's output: answers and results on standard output, everything about them on standard error.
enum Console {
  /// Writes `text` to standard output at once.
  static func write(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
  }

  /// Writes `line` and a newline to standard output.
  static func line(_ line: String = "") {
    write(line + "\n")
  }

  /// Writes `line` and a newline to standard error.
  static func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// Writes `value` as one line of JSON to standard output.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    line(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Ends the program with `status`.
  static func end(_ status: Int32) -> Never {
    exit(status)
  }

  /// All of standard input, or nothing if it is a terminal.
  static func pipedInput() -> [UInt8]? {
    guard isatty(STDIN_FILENO) == 0 else { return nil }
    return Array(FileHandle.standardInput.readDataToEndOfFile())
  }
}
