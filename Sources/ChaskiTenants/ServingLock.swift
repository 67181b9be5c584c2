// Owns: that one server at a time works on a database. Does not own: SQLite's own locks, which last for a statement.

import Foundation
import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The right to let requests in by a database, held until the value ends.
///
/// It is a lock of the kernel's (`flock(2)`) on a file beside the database that is never removed, so the end of a process,
/// however it comes, gives it up. The database's own file is left alone: SQLite closes and locks it in its own way.
struct ServingLock: ~Copyable, Sendable {
  private let file: FileDescriptor

  /// Takes the lock of the database at `path`.
  ///
  /// - Throws: `TenantError.inUse`, or `.database` where no file can be made beside the database.
  init(path: String) throws(TenantError) {
    // Two names of one database are one lock.
    let target = URL(filePath: path).resolvingSymlinksInPath().path + ".serving"
    let opened: FileDescriptor
    do {
      opened = try FileDescriptor.open(
        FilePath(target),
        .readWrite,
        options: [.create, .closeOnExec, .noFollow],
        permissions: .ownerReadWrite
      )
    } catch {
      throw .database(operation: "be locked at \(target)", reason: "\(error)")
    }
    while flock(opened.rawValue, LOCK_EX | LOCK_NB) != 0 {
      let problem = Errno(rawValue: errno)
      if problem == .interrupted { continue }
      try? opened.close()
      if problem == .wouldBlock { throw .inUse(path: path, process: Self.owner(target)) }
      throw .database(operation: "be locked at \(target)", reason: "\(problem)")
    }
    // Only for the message to the next one; a stale number does no harm.
    try? opened.resize(to: 0)
    _ = try? opened.writeAll("\(getpid())".utf8)
    file = opened
  }

  deinit { try? file.close() }

  /// The process that has the lock, as it wrote itself down.
  private static func owner(_ path: String) -> Int? {
    guard let file = try? FileHandle(forReadingFrom: URL(filePath: path)) else { return nil }
    defer { try? file.close() }
    let data = (try? file.read(upToCount: 20)) ?? Data()
    return Int(String(decoding: data, as: UTF8.self))
  }
}
