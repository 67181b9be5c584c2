// Owns: memory as the kernels want it. Does not own: what is in it.

/// Bytes at an address of 64 bytes' alignment.
@safe final class AlignedBytes {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ count: Int) {
    unsafe bytes = .allocate(byteCount: max(count, 64), alignment: 64)
    for i in unsafe bytes.indices { unsafe bytes[i] = 0 }
  }

  deinit { unsafe bytes.deallocate() }
}
