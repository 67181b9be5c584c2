// Owns: a file that is broken and mended in place.
// Does not own: the list of ways to break it (GGUFCorruptor).

import Foundation

/// A valid file that a test breaks in one way after the other.
///
/// In place, because thousands of copies cost the disk more than opening them costs us. Of a large
/// file only the start is real and the rest is a hole.
struct WorkingCopy {
  let path: String
  private let start: [UInt8]
  private let byteCount: Int
  private let handle: FileHandle

  /// Writes the valid file to `path`: `start`, then a hole up to `byteCount`.
  init(_ start: [UInt8], byteCount: Int, at path: String) throws {
    self.path = path
    self.start = start
    self.byteCount = byteCount
    try Data(start).write(to: URL(filePath: path))
    handle = try FileHandle(forUpdating: URL(filePath: path))
    try handle.truncate(atOffset: UInt64(byteCount))
  }

  /// Calls `body` with the file broken, and mends it.
  func with(_ corruption: Corruption, _ body: () throws -> Void) throws {
    switch corruption {
    case .truncate(let count):
      try handle.truncate(atOffset: UInt64(count))
      try body()
      if count < start.count { try write(start[count...], at: count) }
      try handle.truncate(atOffset: UInt64(byteCount))
    case .patch(let offset, let bytes):
      try write(bytes[...], at: offset)
      try body()
      try write(start[offset..<offset + bytes.count], at: offset)
    }
  }

  private func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws {
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: Data(bytes))
  }
}
