// Owns: reading the lines of a task's data. Does not own: what a line means (the tasks).

import Foundation

/// The lines of a data file, which comes from strangers.
package struct TaskFile: Sendable {
  /// The most bytes of a data file, of a line, and the most lines.
  private static let maximumByteCount = 1 << 30
  private static let maximumLineLength = 1 << 20
  private static let maximumLineCount = 1 << 20

  /// The file's path, for errors.
  package let path: String
  /// The file's lines, without those at the end that are empty.
  package let lines: [String]
  /// One label a line, where the data keeps them in a file of their own.
  package let labels: [Int]?

  /// The lines of the file at `path`, and the labels of the file at `labelPath`.
  ///
  /// - Throws: `EvaluationError` for a file that cannot be read, is packed, is not text, or is too large.
  package init(path: String, labelPath: String? = nil) throws(EvaluationError) {
    let bytes = try Self.contents(of: path)
    self.path = path
    lines = try Self.lines(of: bytes, path: path)
    labels = try labelPath.map { labelPath throws(EvaluationError) in
      var labels: [Int] = []
      for (index, line) in try Self.lines(of: try Self.contents(of: labelPath), path: labelPath)
        .enumerated()
      {
        guard let label = Int(line.trimmingCharacters(in: .whitespaces)), label >= 0 else {
          throw .badLine(file: labelPath, line: index + 1, reason: "it is not a label from 0 up")
        }
        labels.append(label)
      }
      return labels
    }
  }

  /// The lines of `text`, which `path` names in errors.
  package init(text: String, labels: [Int]? = nil, path: String = "data") throws(EvaluationError) {
    self.path = path
    self.labels = labels
    lines = try Self.lines(of: Array(text.utf8), path: path)
  }

  /// The JSON object on line `index` (from 0).
  ///
  /// - Throws: `EvaluationError.badLine`, which names the key that is missing or wrong.
  package func object<Value: Decodable>(
    _ type: Value.Type,
    line index: Int
  ) throws(EvaluationError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(lines[index].utf8))
    } catch {
      throw .badLine(file: path, line: index + 1, reason: Self.reason(of: error))
    }
  }

  /// An error about line `index` (from 0).
  package func problem(line index: Int, _ reason: String) -> EvaluationError {
    .badLine(file: path, line: index + 1, reason: reason)
  }

  private static func contents(of path: String) throws(EvaluationError) -> [UInt8] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .unreadable(file: path, reason: "there is no such file")
    }
    // Only a folder has an entry that is itself.
    guard !FileManager.default.fileExists(atPath: path + "/.") else {
      throw .unreadable(file: path, reason: "it is a folder")
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw .unreadable(file: path, reason: "permission denied")
    }
    defer { try? handle.close() }
    var bytes: [UInt8] = []
    while let piece = try? handle.read(upToCount: 1 << 20), !piece.isEmpty {
      bytes += piece
      guard bytes.count <= maximumByteCount else {
        throw .unreadable(file: path, reason: "it has more than \(maximumByteCount >> 20) MiB")
      }
    }
    if let program = unpacker(bytes) {
      throw .unreadable(
        file: path,
        reason: "it is packed; unpack it (\(program) \"\(path)\") and give the file that comes out"
      )
    }
    return bytes
  }

  /// What unpacks a file that begins like this, or nil if it is not packed.
  private static func unpacker(_ bytes: [UInt8]) -> String? {
    let known: [([UInt8], String)] = [
      ([0x42, 0x5A, 0x68], "bunzip2 --keep"), ([0x1F, 0x8B], "gunzip --keep"),
      ([0x28, 0xB5, 0x2F, 0xFD], "unzstd"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "unxz --keep"),
      ([0x50, 0x4B, 0x03, 0x04], "unzip"),
      ([0x50, 0x41, 0x52, 0x31], "Parquet: write it as JSON lines"),
    ]
    return known.first { bytes.starts(with: $0.0) }?.1
  }

  private static func lines(of bytes: [UInt8], path: String) throws(EvaluationError) -> [String] {
    var lines: [String] = []
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard line.count <= maximumLineLength, lines.count < maximumLineCount else {
        throw .badLine(file: path, line: lines.count + 1, reason: "it is too long, or one too many")
      }
      guard let text = String(validating: line, as: UTF8.self) else {
        throw .badLine(file: path, line: lines.count + 1, reason: "it is not UTF-8")
      }
      lines.append(text)
    }
    while lines.last == "" { lines.removeLast() }
    guard !lines.isEmpty else { throw .unreadable(file: path, reason: "it is empty") }
    return lines
  }

  private static func reason(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "it has no \"\(key.stringValue)\""
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "\(place(context)) has the wrong type"
    case DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is not valid JSON" : "\(place(context)) is not valid"
    default: "it is not valid JSON"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    guard let key = context.codingPath.last else { return "it" }
    return "\"\(key.intValue.map(String.init) ?? key.stringValue)\""
  }
}
