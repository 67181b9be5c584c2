// Owns: writing a file so that others see it whole or not at all.
// Does not own: the formats written (GGUFWriter, SafetensorsWriter).

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file being written under a temporary name beside its own, which it takes when committed.
///
/// Dropped without `commit`, it leaves nothing behind, and a file that had the name stays as it was.
package struct AtomicFile: ~Copyable {
  let path: String
  private let temporaryPath: String
  private(set) var descriptor: Int32
  /// Bytes written so far.
  private(set) var byteCount = 0

  /// Begins a file that will be at `path`.
  ///
  /// - Throws: `FileError.cannotWrite`.
  package init(path: String) throws(FileError) {
    guard !path.utf8.contains(0) else {
      throw .cannotWrite(file: path, reason: "the path contains a zero byte")
    }
    let temporaryPath = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).partial"
    // The path's C string lives for the length of the call. O_EXCL: never write over another's file.
    // Readable, so that it can be mapped while it is written.
    let descriptor = unsafe open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .cannotWrite(file: path, reason: Self.reason(errno)) }
    // The lock ends with this process, however that comes, and so says whether the file is abandoned.
    // A file system without locks lets the file be written all the same.
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
    self.path = path
    self.temporaryPath = temporaryPath
    self.descriptor = descriptor
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    // The path's C string lives for the length of the call.
    unsafe unlink(temporaryPath)
  }

  /// Appends `bytes`.
  mutating func write(_ bytes: RawSpan) throws(FileError) {
    var start = 0
    while start < bytes.byteCount {
      let rest = bytes.extracting(start..<bytes.byteCount)
      // write reads at most the buffer's count from the span, which outlives the call.
      let written = unsafe rest.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) -> Int in
        unsafe systemWrite(descriptor, buffer)
      }
      if written < 0 {
        let number = errno
        guard number == EINTR else { throw .cannotWrite(file: path, reason: Self.reason(number)) }
        continue
      }
      start += written
    }
    byteCount += bytes.byteCount
  }

  /// Appends `bytes`.
  package mutating func write(_ bytes: [UInt8]) throws(FileError) {
    // Bytes have no padding, so every one of them may be read.
    try write(unsafe bytes.span.bytes)
  }

  /// Appends zeros up to the next multiple of `alignment`.
  mutating func pad(to alignment: Int) throws(FileError) {
    let remainder = byteCount % alignment
    guard remainder != 0 else { return }
    try write([UInt8](repeating: 0, count: alignment - remainder))
  }

  /// Gives the file its name, after its bytes have reached the disk.
  package mutating func commit() throws(FileError) {
    precondition(descriptor >= 0, "a file is committed once")
    guard fsync(descriptor) == 0 else {
      throw .cannotWrite(file: path, reason: Self.reason(errno))
    }
    // Both paths' C strings live for the length of the call.
    guard unsafe rename(temporaryPath, path) == 0 else {
      throw .cannotWrite(file: path, reason: Self.reason(errno))
    }
    close(descriptor)
    descriptor = -1
  }

  /// Removes the file at `temporaryPath`, left by a writer that ended before it was done.
  ///
  /// - Returns: Whether it was removed; false while its writer is at work.
  static func removeAbandoned(_ temporaryPath: String) -> Bool {
    // The path's C string lives for the length of each call.
    let descriptor = unsafe open(temporaryPath, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    return unsafe unlink(temporaryPath) == 0
  }

  static func reason(_ number: Int32) -> String {
    number == ENOENT ? "its folder does not exist" : systemReason(number)
  }
}

// Named apart, because `write` inside the type means the method.
private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
  // The caller's buffer is readable for its whole count.
  unsafe write(descriptor, buffer.baseAddress, buffer.count)
}
