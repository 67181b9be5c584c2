// Owns: the file operations that need care: bounded reads, opening without leaking to child processes,
// flushing to the disk, free space.
// Does not own: what the files mean.

import Foundation
import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// File operations with this module's errors.
enum FileAccess {
  /// Reads a whole file that must not be larger than `maximumSize` bytes.
  static func read(_ file: URL, maximumSize: Int) throws(HubError) -> Data {
    try wrapping(file, "read") {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      let data = try handle.read(upToCount: maximumSize + 1) ?? Data()
      guard data.count <= maximumSize else {
        throw HubError.file(
          path: file.path,
          operation: "read",
          reason: "it has over \(maximumSize) bytes"
        )
      }
      return data
    }
  }

  /// Replaces a small file so that a reader sees the old content or the new one, and flushes it.
  static func write(_ data: Data, to file: URL) throws(HubError) {
    try wrapping(file, "write") {
      try data.write(to: file, options: .atomic)
    }
    try flush(directory: file.deletingLastPathComponent())
  }

  /// Opens a file for reading and writing, made if absent; child processes do not inherit it.
  static func open(_ file: URL, truncating: Bool = false) throws(HubError) -> OwnedDescriptor {
    let options: FileDescriptor.OpenOptions =
      truncating ? [.create, .closeOnExec, .truncate] : [.create, .closeOnExec]
    return try wrapping(file, "open") {
      OwnedDescriptor(
        try FileDescriptor.open(
          FilePath(file.path),
          .readWrite,
          options: options,
          permissions: [.ownerReadWrite, .groupRead, .otherRead]
        )
      )
    }
  }

  /// Waits until the disk holds what was written.
  static func flush(_ descriptor: borrowing OwnedDescriptor, of file: URL) throws(HubError) {
    guard fsync(descriptor.descriptor.rawValue) == 0 else {
      throw .file(path: file.path, operation: "flush", reason: "\(Errno(rawValue: errno))")
    }
  }

  /// Waits until the disk holds a folder's entries, so that a rename survives a power cut.
  static func flush(directory: URL) throws(HubError) {
    let opened = try wrapping(directory, "open") {
      OwnedDescriptor(
        try FileDescriptor.open(FilePath(directory.path), .readOnly, options: [.closeOnExec])
      )
    }
    // Some file systems cannot flush a folder and say so; nothing else can be done there.
    if fsync(opened.descriptor.rawValue) != 0, errno != EINVAL, errno != ENOTSUP {
      throw .file(path: directory.path, operation: "flush", reason: "\(Errno(rawValue: errno))")
    }
  }

  /// Moves a file within its folder, over what has the new name.
  static func move(_ file: URL, to target: URL) throws(HubError) {
    try remove(target)
    try wrapping(target, "move a file to") {
      try FileManager.default.moveItem(at: file, to: target)
    }
    try flush(directory: target.deletingLastPathComponent())
  }

  /// Removes a file or folder; that it is not there is no error.
  static func remove(_ item: URL) throws(HubError) {
    do {
      try FileManager.default.removeItem(at: item)
    } catch CocoaError.fileNoSuchFile {
      return
    } catch {
      throw .file(path: item.path, operation: "remove", reason: reason(error))
    }
  }

  /// Makes a folder and those above it.
  static func makeDirectory(_ directory: URL) throws(HubError) {
    try wrapping(directory, "make the folder") {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }
  }

  /// The length of a regular file in bytes, or nil where there is none.
  static func size(of file: URL) -> Int64? {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: file.path),
      attributes[.type] as? FileAttributeType == .typeRegular
    else { return nil }
    return (attributes[.size] as? NSNumber)?.int64Value
  }

  /// When a file was last written, or nil where there is none.
  static func modificationDate(of file: URL) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    return attributes?[.modificationDate] as? Date
  }

  /// The names in a folder, sorted; none where there is no folder.
  static func names(in directory: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted()
  }

  /// Checks that the disk of a folder has room.
  ///
  /// - Throws: `HubError.diskFull`. A file system that does not say how much is free passes.
  static func checkSpace(for byteCount: Int64, at directory: URL) throws(HubError) {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: directory.path)
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value else { return }
    guard byteCount <= free else {
      throw .diskFull(path: directory.path, needed: byteCount, available: free)
    }
  }

  private static func wrapping<Value: ~Copyable>(
    _ file: URL,
    _ operation: String,
    _ body: () throws -> Value
  ) throws(HubError) -> Value {
    do {
      return try body()
    } catch let error as HubError {
      throw error
    } catch {
      throw .file(path: file.path, operation: operation, reason: reason(error))
    }
  }

  /// An error of Foundation or the system in a few words.
  static func reason(_ error: any Error) -> String {
    if let errno = error as? Errno { return errno.description }
    let error = error as NSError
    if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError,
      cause.domain == NSPOSIXErrorDomain
    {
      return Errno(rawValue: CInt(truncatingIfNeeded: cause.code)).description
    }
    return error.localizedDescription
  }
}
