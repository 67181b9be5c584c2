// Owns: large blocks of memory for weights and caches. Does not own: what lies in them.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A block of zeroed memory, aligned to a page, that returns to the system with its owner.
///
/// Pages are touched only when used, so a reservation costs address space and no memory.
///
/// Sendable without a lock: the base address never changes, and who may write where is the owner's
/// rule (weights: written once while loading, then read only; cache pages: written by the one
/// sequence that owns the page).
@safe package final class AlignedMemory: @unchecked Sendable {
  /// The first byte.
  let base: UnsafeMutableRawPointer
  /// The size in bytes.
  package let byteCount: Int

  /// Reserves `byteCount` zeroed bytes.
  ///
  /// Blocks of 4 MiB and more ask for huge pages, which spare the decoder most of its misses in the
  /// translation cache.
  package init(byteCount: Int) throws(TensorError) {
    let wanted = max(byteCount, 1)
    #if os(Linux)
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #else
    let flags = MAP_PRIVATE | MAP_ANON
    #endif
    let address = unsafe mmap(nil, wanted, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw TensorError.outOfMemory(byteCount: wanted)
    }
    #if os(Linux)
    if wanted >= 4 << 20 {
      unsafe madvise(address, wanted, MADV_HUGEPAGE)
    }
    #endif
    unsafe base = address
    self.byteCount = wanted
  }

  deinit {
    unsafe munmap(base, byteCount)
  }
}
