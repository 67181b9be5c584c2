// Owns: reading and writing the files that a user names.

import Foundation

/// A file that a user names.
enum UserFile {
  /// The most bytes of text that are read at once: more than any context holds, less than memory.
  static let maximumByteCount = 1_000_000_000

  /// The bytes of the file at `path`, which may be a pipe.
  static func contents(of path: String) throws -> [UInt8] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandProblem.noFile(path: path)
    }
    // Only a folder has an entry that is itself.
    guard !FileManager.default.fileExists(atPath: path + "/.") else {
      throw CommandProblem.folder(path: path)
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw CommandProblem.unreadable(path: path, reason: "permission denied")
    }
    defer { try? handle.close() }
    return try contents(of: handle, path: path)
  }

  /// What `handle` still has to say; `path` is its name in errors.
  static func contents(of handle: FileHandle, path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
        bytes += piece
        guard bytes.count <= maximumByteCount else {
          throw CommandProblem.tooLong(path: path, limit: maximumByteCount)
        }
      }
    } catch let problem as CommandProblem {
      throw problem
    } catch {
      throw CommandProblem.unreadable(path: path, reason: reason(of: error))
    }
    return bytes
  }

  /// Writes `text` to a file at `path`, wholly or not at all.
  static func write(_ text: String, to path: String) throws {
    try checkDestination(path)
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandProblem.unwritable(path: path, reason: reason(of: error))
    }
  }

  /// Throws unless a file can be put at `path`: for work whose result comes late.
  static func checkDestination(_ path: String) throws(CommandProblem) {
    try checkReplaceable(path)
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else {
      throw .unwritable(path: path, reason: "its folder does not exist")
    }
  }

  /// Bytes of the file at `path`, or of the files of a folder.
  static func byteCount(at path: String) -> Int64 {
    func size(_ path: String) -> Int64 {
      let resolved = URL(filePath: path).resolvingSymlinksInPath().path
      let attributes = try? FileManager.default.attributesOfItem(atPath: resolved)
      return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      return size(path)
    }
    return names.reduce(0) { $0 + size(path + "/" + $1) }
  }

  /// Throws unless a file may be put at `path`.
  ///
  /// Files are written beside their place and renamed, which would put a file where a device or a folder was.
  static func checkReplaceable(_ path: String) throws(CommandProblem) {
    let resolved = URL(filePath: path).resolvingSymlinksInPath().path
    let attributes = try? FileManager.default.attributesOfItem(atPath: resolved)
    switch attributes?[.type] as? FileAttributeType {
    case nil, .typeRegular?: return
    case .typeDirectory?: throw .folder(path: path)
    default: throw .notRegular(path: path)
    }
  }

  /// What the system says went wrong, without the types around it.
  static func reason(of error: any Error) -> String {
    let outer = error as NSError
    let inner = outer.userInfo[NSUnderlyingErrorKey] as? NSError ?? outer
    return String(
      inner.localizedDescription
        .trimmingPrefix("The operation could not be completed. ")
        .replacing(/\.$/, with: "")
    )
  }

  /// `path` with a tilde at its start written out, where no shell has done it.
  static func expanded(_ path: String) -> String {
    guard path.hasPrefix("~/") else { return path }
    let home = FileManager.default.homeDirectoryForCurrentUser
    return home.appending(path: String(path.dropFirst(2))).path
  }
}
