// Owns: what can go wrong between us and a terminal.

/// Why the terminal or the history file could not be used.
package enum TerminalError: Error, Equatable, Sendable {
  /// A system call on the terminal failed with an error number.
  case systemCall(name: String, code: Int32)
  /// The history file could not be written.
  case historyNotWritten(path: String, reason: String)
}

extension TerminalError: CustomStringConvertible {
  /// One sentence that says what to do.
  package var description: String {
    switch self {
    case .systemCall(let name, let code):
      "The terminal refused \(name) (error \(code)); try again with the input from a file or a pipe."
    case .historyNotWritten(let path, let reason):
      "The history file \(path) could not be written (\(reason)); check its folder and permissions."
    }
  }
}
