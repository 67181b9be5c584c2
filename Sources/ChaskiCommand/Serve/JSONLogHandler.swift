// Owns: log lines as JSON, one object a line. Does not own: which lines there are.

import ChaskiChat
import Foundation
import Logging

/// Writes log lines to standard error as JSON, for programs that collect logs.
///
/// Each has `time`, `level` and `message`; what else it tells stands beside them under names of its own.
struct JSONLogHandler: LogHandler {
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var object = JSONObject()
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    object["time"] = .string(Date().formatted(style))
    object["level"] = .string(event.level.rawValue)
    object["message"] = .string(event.message.description)
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) where object[key] == nil {
      object[key] = Self.json(value)
    }
    // Strings and whole numbers alone: there is nothing that cannot be written.
    guard let text = try? JSONValue.object(object).jsonText() else { return }
    Console.note(text)
  }

  private static func json(_ value: Logger.MetadataValue) -> JSONValue {
    if case .stringConvertible(let number as Int) = value { return .int(number) }
    return .string("\(value)")
  }
}
