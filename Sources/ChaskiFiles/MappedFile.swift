// Owns: a file's bytes as read-only memory, and the only pointers into them.
// Does not own: what the bytes mean (GGUFFile, SafetensorsFile).

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A regular file mapped into memory, read-only, for as long as the object lives.
///
/// Pages are read from the disk when they are first touched and are shared with every process that
/// maps the same file. Threads may read at the same time. If another process shortens the file while
/// it is mapped, touching the lost pages raises SIGBUS, which ends this process: replace model files
/// by renaming, never in place.
@safe
package final class MappedFile: @unchecked Sendable {
  // Sendable is claimed by hand because of `base`: the pages it points to are mapped without write
  // permission, every stored property is a constant, and the mapping ends only in deinit, when no
  // thread holds a reference. Advice to the kernel changes residency, never content.

  /// The path the file was opened by.
  package let path: String

  /// Bytes in the file; more than zero.
  package let byteCount: Int

  /// Which file this is, to tell a replaced or changed file from the same one.
  package let identity: FileIdentity

  /// The first byte; readable for `byteCount` bytes until deinit.
  @unsafe let base: UnsafeRawPointer

  /// Maps the regular file at `path`.
  ///
  /// Throws `FileError` for a file that is missing, unreadable, empty, or not a regular file; a FIFO
  /// is refused without waiting for its writer.
  package init(path: String) throws(FileError) {
    guard !path.utf8.contains(0) else {
      throw .cannotOpen(file: path, reason: "the path contains a zero byte")
    }
    // Without O_NONBLOCK the open itself would wait for a FIFO's writer.
    // The path's C string lives for the length of the call.
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      let number = errno
      guard number != ENOENT else { throw .notFound(file: path) }
      throw .cannotOpen(file: path, reason: systemReason(number))
    }
    // The mapping keeps the file; the descriptor is not needed after it.
    defer { close(descriptor) }

    let before = try Self.status(of: descriptor, path: path)
    guard before.st_mode & S_IFMT == S_IFREG else {
      throw .notRegularFile(file: path, found: Self.kind(of: before.st_mode))
    }
    guard before.st_size > 0 else { throw .empty(file: path) }
    let byteCount = Int(before.st_size)
    let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .cannotOpen(file: path, reason: systemReason(errno))
    }
    unsafe self.base = UnsafeRawPointer(address)
    self.path = path
    self.byteCount = byteCount
    self.identity = FileIdentity(before)

    // A file that is still being written would raise SIGBUS later; say so while it can be said.
    let after = try Self.status(of: descriptor, path: path)
    guard after.st_size == before.st_size else {
      throw .changed(file: path, expected: byteCount, found: Int(after.st_size))
    }
  }

  deinit {
    // `base` and `byteCount` are what mmap returned and was given, and nothing unmaps them earlier.
    unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
  }

  private static func status(of descriptor: Int32, path: String) throws(FileError) -> stat {
    var status = stat()
    // fstat fills the one struct whose address it is given, for the length of the call.
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .cannotOpen(file: path, reason: systemReason(errno))
    }
    return status
  }

  private static func kind(of mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a FIFO"
    case S_IFCHR, S_IFBLK: "a device"
    case S_IFSOCK: "a socket"
    default: "a special file"
    }
  }
}

// MARK: - Bytes

extension MappedFile {
  /// The whole file; valid while this object is borrowed.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // The mapping covers `byteCount` bytes from `base` until deinit, and the span's lifetime is
      // tied to a borrow of this object.
      let span = unsafe RawSpan(_unsafeStart: base, byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The whole file as a buffer for C kernels; the caller keeps this object alive while it is used.
  @unsafe package var buffer: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: byteCount)
  }
}

// MARK: - Advice to the kernel

extension MappedFile {
  /// Asks the kernel to read the bytes of `range` soon, so that the first touch does not wait.
  package func adviseWillNeed(_ range: Range<Int>) {
    let pageSize = Self.pageSize
    let range = range.clamped(to: 0..<byteCount)
    let start = range.lowerBound / pageSize * pageSize
    advise(start..<range.upperBound, MADV_WILLNEED)
  }

  /// Lets the pages that lie wholly in `range` leave memory; reading them again reads the file again.
  package func adviseDropped(_ range: Range<Int>) {
    let pageSize = Self.pageSize
    let range = range.clamped(to: 0..<byteCount)
    let start = (range.lowerBound + pageSize - 1) / pageSize * pageSize
    // The last page of the file has no neighbour behind it, so it goes too.
    let end = range.upperBound == byteCount ? byteCount : range.upperBound / pageSize * pageSize
    guard start < end else { return }
    advise(start..<end, MADV_DONTNEED)
  }

  /// Tells the kernel that the file will be read once from front to back.
  package func adviseSequential() { advise(0..<byteCount, MADV_SEQUENTIAL) }

  /// Asks for huge pages where the file system has them, which spares a reader of much of the file most
  /// of its misses in the translation cache, and lets what is not in memory be read in large pieces.
  package func adviseHugePages() {
    #if os(Linux)
    advise(0..<byteCount, MADV_HUGEPAGE)
    #endif
  }

  /// Brings the bytes of `range` into memory, front to back, and returns when they are there.
  ///
  /// Who reads them after that finds pages that are in memory and in the page table. A page that cannot be
  /// read is left to whoever touches it. `progress` is told how far it has come.
  package func prefetch(_ range: Range<Int>, progress: (_ offset: Int) -> Void = { _ in }) {
    let range = range.clamped(to: 0..<byteCount)
    // Where a piece ends, the system may fall back to small pages: few pieces, yet some for `progress`.
    let pieceByteCount = 256 << 20
    var start = range.lowerBound / pieceByteCount * pieceByteCount
    while start < range.upperBound {
      let end = min(start + pieceByteCount, byteCount)
      #if os(Linux)
      // MADV_POPULATE_READ, since Linux 5.14; the C library's headers may be older.
      advise(start..<end, 22)
      #else
      advise(start..<end, MADV_WILLNEED)
      #endif
      start = end
      progress(end)
    }
  }

  private static var pageSize: Int { max(sysconf(Int32(_SC_PAGESIZE)), 1) }

  private func advise(_ range: Range<Int>, _ advice: Int32) {
    guard !range.isEmpty else { return }
    // The range lies in the mapping and starts on a page. The pages are a private read-only view of
    // a file: whichever the advice, their content stays that of the file. It is only advice, so a
    // refusal changes nothing and is not reported.
    unsafe madvise(UnsafeMutableRawPointer(mutating: base + range.lowerBound), range.count, advice)
  }
}

// MARK: - Copies

extension MappedFile {
  /// Appends a copy of the bytes of `range`, which lies in the file.
  package func append(_ range: Range<Int>, to bytes: inout [UInt8]) {
    // The slice is bounds-checked against the mapping, which this object keeps for the length of the call.
    unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[range]))
  }
}
