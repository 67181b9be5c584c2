// Owns: the file in which inputs are kept from one session to the next.

package import Foundation

/// A file of inputs, one a line, readable by its owner only.
///
/// Line breaks and backslashes inside an input are written as `\n` and `\\`. Writing replaces the
/// whole file at once, so that it is never seen half written.
package struct HistoryFile: Sendable {
  /// The largest file that is read; a larger one counts as empty and is replaced.
  package static let byteLimit = 8 << 20

  private let url: URL

  /// The history kept at `url`.
  package init(url: URL) { self.url = url }

  /// The inputs in the file, oldest first; none where it cannot be read.
  package func load() -> [String] {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    guard let size = attributes?[.size] as? Int, size <= HistoryFile.byteLimit,
      let data = try? Data(contentsOf: url)
    else { return [] }
    // Split as bytes: as characters, a carriage return and the line feed after it are one.
    let lines = data.split(separator: UInt8(ascii: "\n"))
    return lines.suffix(InputHistory.limit).map(HistoryFile.unescaped)
  }

  /// Adds one input, together with what other sessions have added since.
  ///
  /// Throws `historyNotWritten`.
  package func append(_ entry: String) throws(TerminalError) {
    var history = InputHistory(load())
    history.add(entry)
    var lines: [String] = []
    var byteCount = 0
    for entry in history.entries.reversed() {
      let line = HistoryFile.escaped(entry) + "\n"
      byteCount += line.utf8.count
      // What is written must be small enough to be read again.
      if byteCount > HistoryFile.byteLimit { break }
      lines.append(line)
    }
    do {
      try write(Data(lines.reversed().joined().utf8))
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
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entry.utf8.count)
    for byte in entry.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): bytes += [byte, byte]
      case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func unescaped(_ line: Data) -> String {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in line {
      if isEscaped {
        bytes.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
