// Owns: running Python as a child process, and ending it.
// Does not own: what is asked of it (WheelSource).

import Foundation
import Subprocess
import SystemPackage

/// Runs Python programs, and says how they ended.
struct PythonTool: Sendable {
  /// Interpreters to try, by name or path, first to last.
  let candidates: [String]

  /// How a child ended.
  struct Outcome: Sendable {
    /// The interpreter that ran.
    let python: String
    /// Whether it succeeded.
    let isSuccess: Bool
    /// How it ended, for a person.
    let status: String
    /// The end of what it wrote to the error stream.
    let errors: String
  }

  /// Runs the first interpreter there is.
  ///
  /// Cancelling the task ends the child. What the child writes to its error stream goes to a file rather than
  /// a pipe, so that a grandchild that outlives it cannot make us wait.
  /// - Parameters:
  ///   - arguments: What follows the interpreter's name.
  ///   - folder: A folder for temporary files, the child's own included.
  /// - Returns: How the child ended.
  /// - Throws: `HubError.pythonMissing`, `CancellationError`.
  func run(_ arguments: [String], folder: URL) async throws -> Outcome {
    for python in candidates {
      if let outcome = try await run(python, arguments, folder: folder) { return outcome }
      try Task.checkCancellation()
    }
    throw HubError.pythonMissing(tried: candidates)
  }

  // Nil when there is no such interpreter.
  private func run(
    _ python: String,
    _ arguments: [String],
    folder: URL
  ) async throws -> Outcome? {
    let log = folder.appending(path: "errors.txt")
    let errors = try FileAccess.open(log, truncating: true)
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .milliseconds(500))]
    let executable: Executable = python.contains("/") ? .path(FilePath(python)) : .name(python)
    do {
      let result = try await Subprocess.run(
        executable,
        arguments: Arguments(arguments),
        environment: .inherit.updating([
          "TMPDIR": folder.path, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8",
        ]),
        platformOptions: options,
        output: .discarded,
        error: .fileDescriptor(errors.descriptor, closeAfterSpawningProcess: false)
      )
      try Task.checkCancellation()
      return Outcome(
        python: python,
        isSuccess: result.terminationStatus.isSuccess,
        status: result.terminationStatus.description,
        errors: Self.tail(of: log)
      )
    } catch let error as SubprocessError {
      if Task.isCancelled { throw CancellationError() }
      if error.code == .executableNotFound { return nil }
      throw HubError.file(path: python, operation: "run", reason: error.description)
    }
  }

  // The last lines are the ones that say what went wrong.
  private static func tail(of log: URL) -> String {
    let maximum: UInt64 = 2000
    guard let handle = try? FileHandle(forReadingFrom: log) else { return "" }
    defer { try? handle.close() }
    let size = (try? handle.seekToEnd()) ?? 0
    try? handle.seek(toOffset: size > maximum ? size - maximum : 0)
    let data = (try? handle.read(upToCount: Int(maximum))) ?? Data()
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.suffix(6).map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " | ")
  }
}
