// Owns: matrices without a file, to measure products with.

extension PackedMatrix {
  /// A matrix whose rows take about `byteCount` bytes in a file, and the arena that it has for itself.
  ///
  /// Its weights are small normal numbers of no meaning.
  ///
  /// - Throws: `TensorError` for a type that does not compute, or no memory.
  package static func sample(
    _ type: ElementType,
    depth: Int,
    byteCount: Int,
    with workers: WorkerPool
  ) throws(TensorError) -> (matrix: PackedMatrix, arena: WeightArena) {
    let rowByteCount = max(1, depth / type.blockElementCount * type.blockByteCount)
    let panels = max(1, byteCount / (rowByteCount * panelRows))
    let rows = panels * panelRows
    guard let packed = packedByteCount(type: type, rows: rows, depth: depth) else {
      throw TensorError.unsupportedType(tensor: "sample", type: type.name)
    }
    // Bytes from 0x20 to 0x2f: whatever scale a format reads from them is a small normal number.
    var bytes = [UInt8](repeating: 0, count: rows * rowByteCount)
    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: 0x20 | index * 7 & 0xf) }
    let arena = try WeightArena(byteCount: packed)
    let matrix = try PackedMatrix(
      packing: unsafe bytes.span.bytes,
      name: "sample",
      type: type,
      rows: rows,
      depth: depth,
      into: arena,
      with: workers
    )
    return (matrix, arena)
  }
}
