// Owns: the lines of a log, for tests that read them.

import Logging
import Synchronization

/// Keeps lines instead of writing them.
struct KeptLog: LogHandler {
  struct Line: Sendable {
    let message: String
    let metadata: [String: String]
  }

  private final class Lines: Sendable {
    let lines = Mutex<[Line]>([])
  }

  private let kept = Lines()
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.trace

  /// A logger whose lines are kept here.
  var logger: Logger {
    var logger = Logger(label: "test") { _ in self }
    logger.logLevel = .info
    return logger
  }

  /// The lines so far.
  var lines: [Line] {
    @inline(never) get { kept.lines.withLock { $0 } }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  @inline(never)
  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let line = Line(
      message: event.message.description,
      metadata: all.mapValues { "\($0)" }
    )
    kept.lines.withLock { $0.append(line) }
  }
}
