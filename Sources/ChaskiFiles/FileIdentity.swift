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
  /// The time of the last change of content or of these facts, in whole seconds since 1970.
  ///
  /// Programs can set the other time at will, but not this one.
  package let changedSeconds: Int
  /// The part of that time below a second, in nanoseconds.
  package let changedNanoseconds: Int

  /// The identity of the file at `path` now, or nil if there is none that can be asked about.
  package init?(path: String) {
    guard !path.utf8.contains(0) else { return nil }
    var status = stat()
    // The path's C string lives for the length of the call, which fills the one struct it is given.
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    byteCount = Int(status.st_size)
    #if canImport(Darwin)
    modifiedSeconds = Int(status.st_mtimespec.tv_sec)
    modifiedNanoseconds = Int(status.st_mtimespec.tv_nsec)
    changedSeconds = Int(status.st_ctimespec.tv_sec)
    changedNanoseconds = Int(status.st_ctimespec.tv_nsec)
    #else
    modifiedSeconds = Int(status.st_mtim.tv_sec)
    modifiedNanoseconds = Int(status.st_mtim.tv_nsec)
    changedSeconds = Int(status.st_ctim.tv_sec)
    changedNanoseconds = Int(status.st_ctim.tv_nsec)
    #endif
  }
}
