// Owns: a file of packed weights that weights are packed into, because memory does not hold them.
// Does not own: the format (PackedWeightsFile), which files are kept and for how long (ChaskiGeneration).

package import ChaskiTensors
import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file of packed weights in the making, mapped, whose pages are the memory that matrices are packed into.
///
/// Pages are written to the disk as they fill, so the system can take them back at any time and read them
/// again: packing takes no more memory than what has not been written yet. The file has a temporary name until
/// `finish`; dropped before that, it leaves nothing behind. The mapping stays when the file has its name.
///
/// Sendable: the mapping never moves; what has been filled is behind a lock, and packing writes each byte once,
/// before anyone reads it (`WeightArena`).
@safe package final class PackedWeightsDraft: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer
  private let key: UInt64
  private let modelPath: String
  private let file: Mutex<AtomicFile>
  /// The bytes that have been packed since some were last written to the disk.
  private let dirty = Mutex(0..<0)

  private let flushByteCount: Int

  /// A file at `path` for at most `byteCount` bytes of weights, whose room on the disk is taken now.
  ///
  /// About `flushByteCount` bytes are packed before they are written.
  ///
  /// - Throws: `FileError.cannotWrite`, also where the disk is full.
  package init(
    path: String,
    key: UInt64,
    modelPath: String,
    byteCount: Int,
    flushByteCount: Int = 64 << 20
  ) throws(FileError) {
    let file = try AtomicFile(path: path)
    let offset = PackedWeightsLimits.draftPayloadOffset
    guard byteCount > 0, byteCount <= Int.max - offset else {
      throw .cannotWrite(file: path, reason: "there are no weights")
    }
    try Self.reserve(offset..<offset + byteCount, of: file)
    let address = unsafe mmap(
      nil,
      byteCount,
      PROT_READ | PROT_WRITE,
      MAP_SHARED,
      file.descriptor,
      off_t(offset)
    )
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .cannotWrite(file: path, reason: AtomicFile.reason(errno))
    }
    unsafe memory = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    self.key = key
    self.modelPath = modelPath
    self.flushByteCount = flushByteCount
    self.file = Mutex(file)
  }

  deinit {
    // What mmap returned and was given, and nothing unmaps it earlier.
    unsafe munmap(memory.baseAddress, memory.count)
  }

  /// The memory to pack into; it keeps this object.
  package func arena() throws(TensorError) -> WeightArena {
    // The mapping is writable until `finish`, lives as long as this object, and begins on a page.
    try unsafe WeightArena(filling: memory, of: self) { [unowned self] in didFill($0) }
  }

  /// Makes the file whole, with `placements` saying where matrices lie, and gives it its name.
  ///
  /// Nothing can be packed from then on. Returns when all is on the disk.
  ///
  /// - Throws: `FileError.cannotWrite`; the memory can still be read, and the file is gone with it.
  package func finish(
    _ arena: WeightArena,
    placements: [String: PackedPlacement]
  ) throws(FileError) {
    arena.seal()
    let offset = PackedWeightsLimits.draftPayloadOffset
    let header = PackedWeightsHeader(key: key, modelPath: modelPath, placements: placements)
      .bytes(for: arena.usedBytes, payloadOffset: offset)
    // Whole pages of the mapping; nobody writes to them any more, and now nobody can.
    unsafe mprotect(memory.baseAddress, memory.count, PROT_READ)
    try file.withLock { (file: inout sending AtomicFile) throws(FileError) in
      guard header.count <= offset else {
        throw .cannotWrite(file: file.path, reason: "its header is too long")
      }
      try file.write(header)
      guard ftruncate(file.descriptor, off_t(offset + arena.usedByteCount)) == 0 else {
        throw .cannotWrite(file: file.path, reason: AtomicFile.reason(errno))
      }
      try file.commit()
    }
  }

  /// Takes room on the disk, because a mapped page that has none ends the process when it is written.
  private static func reserve(
    _ bytes: Range<Int>,
    of file: borrowing AtomicFile
  ) throws(FileError) {
    #if os(Linux)
    let problem = posix_fallocate(file.descriptor, off_t(bytes.lowerBound), off_t(bytes.count))
    guard problem == 0 else {
      throw .cannotWrite(file: file.path, reason: AtomicFile.reason(problem))
    }
    #else
    throw .cannotWrite(file: file.path, reason: "room for it cannot be taken ahead")
    #endif
  }

  /// Writes what has been packed to the disk when there is enough of it, and lets it leave memory.
  private func didFill(_ bytes: Range<Int>) {
    let full = dirty.withLock { dirty -> Range<Int>? in
      // Matrices are packed one after the other, but for the bytes that align them.
      dirty =
        dirty.isEmpty
        ? bytes : min(dirty.lowerBound, bytes.lowerBound)..<max(dirty.upperBound, bytes.upperBound)
      guard dirty.count >= flushByteCount else { return nil }
      defer { dirty = 0..<0 }
      return dirty
    }
    guard let full else { return }
    let page = max(sysconf(Int32(_SC_PAGESIZE)), 1)
    let start = full.lowerBound / page * page
    let end = min((full.upperBound + page - 1) / page * page, unsafe memory.count)
    guard let base = unsafe memory.baseAddress else { return }
    // The range lies in the mapping and starts on a page. Dropped pages of a shared mapping of a file have the
    // file's content when they are touched again. A refusal costs memory and changes nothing.
    unsafe msync(base + start, end - start, MS_SYNC)
    unsafe madvise(base + start, end - start, MADV_DONTNEED)
  }
}
