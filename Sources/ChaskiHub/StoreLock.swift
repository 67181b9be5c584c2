// Owns: that one process at a time works on a model.

package import Foundation
import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The right to work on a model's folder, held until the value ends.
///
/// It is a lock of the kernel's (`flock(2)`) on a file that is never removed, so the end of a process, however it
/// comes, gives it up. Two tasks of one process exclude each other as two processes do.
package struct StoreLock: ~Copyable, Sendable {
  private let owned: OwnedDescriptor

  private init(_ owned: consuming OwnedDescriptor) { self.owned = owned }

  /// How often a waiting process looks.
  static let pollInterval = Duration.milliseconds(200)

  /// Takes the lock if nobody has it.
  package static func tryAcquire(_ file: URL) throws(HubError) -> StoreLock? {
    try FileAccess.makeDirectory(file.deletingLastPathComponent())
    let opened = try FileAccess.open(file)
    while flock(opened.descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
      let problem = Errno(rawValue: errno)
      if problem == .interrupted { continue }
      if problem == .wouldBlock { return nil }
      throw .file(path: file.path, operation: "lock", reason: problem.description)
    }
    // Only for the message of whoever waits; a stale number does no harm.
    try? opened.descriptor.resize(to: 0)
    _ = try? opened.descriptor.writeAll("\(getpid())".utf8)
    return StoreLock(opened)
  }

  /// Takes the lock, waiting for whoever has it.
  ///
  /// - Parameters:
  ///   - file: The file to lock.
  ///   - clock: What to wait by.
  ///   - waiting: Told once who has it, if that is known, before the wait.
  /// - Returns: The lock.
  /// - Throws: `HubError.file`, `CancellationError`.
  package static func acquire(
    _ file: URL,
    clock: any Clock<Duration>,
    waiting: (Int?) -> Void
  ) async throws -> StoreLock {
    if let lock = try tryAcquire(file) { return lock }
    waiting(owner(of: file))
    while true {
      try await clock.sleep(for: pollInterval)
      if let lock = try tryAcquire(file) { return lock }
    }
  }

  /// The process that has the lock, as it wrote itself down.
  package static func owner(of file: URL) -> Int? {
    guard let data = try? FileAccess.read(file, maximumSize: 32) else { return nil }
    return Int(String(decoding: data, as: UTF8.self))
  }
}
