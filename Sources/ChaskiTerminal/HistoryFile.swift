// Owns: the file in which inputs are kept from one session to the next.

package import Foundation

/// A file of inputs, one a line, readable by its owner only.
///
/// Line breaks and backslashes inside an input are written as `\n` and `\\`. Writing replaces the
/// whole file at once, so that it is never seen half written.
package struct HistoryFile: Sendable {
  /// The largest file that is read; a larger one counts as empty and is replaced.
  package static let byteLimit = 16 << 20

  private let url: URL

  /// The history kept at `url`.
  package init(url: URL) { self.url = url }

  /// The inputs in the file, oldest first; none where it cannot be read.
  package func load() -> [String] {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    guard let size = attributes?[.size] as? Int, size <= HistoryFile.byteLimit,
      let data = try? Data(contentsOf: url)
    else { return [] }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    return lines.suffix(InputHistory.limit).map(HistoryFile.unescaped)
  }

  /// Adds one input, together with what other sessions have added since.
  ///
  /// Throws `historyNotWritten`.
  package func append(_ entry: String) throws(TerminalError) {
    var history = InputHistory(load())
    history.add(entry)
    let text = history.entries.map { HistoryFile.escaped($0) + "\n" }.joined()
    do {
      try write(Data(text.utf8))
    } catch {
      throw .historyNotWritten(path: url.path, reason: "\(error)")
    }
  }

  private func write(_ data: Data) throws {
    let folder = url.deletingLastPathComponent()
    try FileManager.default.createDirectory(
      at: folder,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700]
    )
    let part = folder.appending(path: ".\(url.lastPathComponent).\(UUID().uuidString)")
    // The mode is set while the file is empty, so that nobody else ever reads an input.
    guard
      FileManager.default.createFile(
        atPath: part.path,
        contents: nil,
        attributes: [.posixPermissions: 0o600]
      )
    else { throw CocoaError(.fileWriteUnknown) }
    do {
      let handle = try FileHandle(forWritingTo: part)
      try handle.write(contentsOf: data)
      try handle.close()
      try TerminalDevice.rename(part.path, to: url.path)
    } catch {
      try? FileManager.default.removeItem(at: part)
      throw error
    }
  }

  private static func escaped(_ entry: String) -> String {
    entry.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
      .replacing("\r", with: "\\r")
  }

  private static func unescaped(_ line: Substring) -> String {
    var result = ""
    var isEscaped = false
    for character in line {
      if isEscaped {
        result.append(character == "n" ? "\n" : character == "r" ? "\r" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return result
  }
}
