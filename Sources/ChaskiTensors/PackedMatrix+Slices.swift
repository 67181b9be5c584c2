// Owns: packing a matrix whose rows are computed while it is packed, a few at a time.

import ChaskiKernels

extension PackedMatrix {
  /// Packs rows that `reading` appends, in order, into memory from `arena`, on the workers' threads.
  ///
  /// About 8 MB of rows are in memory at a time. `name` is the tensor's, for errors.
  ///
  /// - Throws: `TensorError` for a type that does not compute, a wrong number of bytes, or no memory; and
  ///   what `reading` throws.
  package init(
    packing name: String,
    type: ElementType,
    rows: Int,
    depth: Int,
    into arena: WeightArena,
    with workers: WorkerPool,
    reading: (_ rows: Range<Int>, _ bytes: inout [UInt8]) throws -> Void
  ) throws {
    guard ck_supports(Int32(type.rawValue)) != 0,
      let byteCount = Self.packedByteCount(type: type, rows: rows, depth: depth)
    else {
      throw TensorError.unsupportedType(tensor: name, type: type.name)
    }
    let rowByteCount = depth / type.blockElementCount * type.blockByteCount
    let offset = try arena.take(byteCount: byteCount, elementCount: rows * depth)
    self.init(rows: rows, depth: depth, type: type, arena: arena, offset: offset)

    var bytes: [UInt8] = []
    for first in stride(from: 0, to: panelCount, by: panelsPerSlice) {
      let panels = first..<min(first + panelsPerSlice, panelCount)
      let slice = first * Self.panelRows..<min(panels.upperBound * Self.panelRows, rows)
      bytes.removeAll(keepingCapacity: true)
      try reading(slice, &bytes)
      guard bytes.count == slice.count * rowByteCount else {
        throw TensorError.unexpectedByteCount(
          tensor: name,
          expected: slice.count * rowByteCount,
          found: bytes.count
        )
      }
      // The rows stay where they are for the length of the call, in which the workers are done with them.
      unsafe bytes.withUnsafeBytes { rows in
        guard let start = rows.baseAddress else { return }
        unsafe pack(panels, from: start, rowByteCount: rowByteCount, with: workers)
      }
    }
  }
}
