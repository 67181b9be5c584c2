// Owns: how a command ends when Ctrl-C has stopped its work. Does not own: noticing Ctrl-C (InterruptMonitor).

import ArgumentParser
import ChaskiTerminal

extension InterruptMonitor {
  /// What comes of `work`, which Ctrl-C cancels.
  ///
  /// - Throws: What `work` throws; when it was cancelled, after saying `note`, an exit with status 130.
  func result<Value: Sendable>(
    of work: Task<Value, any Error>,
    ifStopped note: String
  ) async throws -> Value {
    do {
      return try await run(cancel: { work.cancel() }) { try await work.value }
    } catch is CancellationError {
      Console.stopped(note)
      throw ExitCode(Self.exitStatus)
    }
  }
}
