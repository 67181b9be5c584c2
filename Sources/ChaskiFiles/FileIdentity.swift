// Owns: what tells one file, in one state, from another.
// Does not own: reading it from an open file (MappedFile).

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file's place and state on this machine: equal for the same unchanged file.
package struct FileIdentity: Hashable, Sendable {
  /// The number of the file system.
  package let device: UInt64
  /// The file's number in its file system.
  package let inode: UInt64
  /// The size in bytes.
  package let byteCount: Int
  /// The time of the last change, in whole seconds since 1970.
  package let modifiedSeconds: Int
  /// The part of the time of the last change below a second, in nanoseconds.
  package let modifiedNanoseconds: Int

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    byteCount = Int(status.st_size)
    #if canImport(Darwin)
    modifiedSeconds = Int(status.st_mtimespec.tv_sec)
    modifiedNanoseconds = Int(status.st_mtimespec.tv_nsec)
    #else
    modifiedSeconds = Int(status.st_mtim.tv_sec)
    modifiedNanoseconds = Int(status.st_mtim.tv_nsec)
    #endif
  }
}
