// Owns: matrices that were packed by an earlier start, and what tells whether they still fit the kernels.
// Does not own: the file that keeps them (ChaskiFiles).

import ChaskiKernels

extension PackedMatrix {
  /// What the matrix is and where it lies.
  package var placement: PackedPlacement {
    PackedPlacement(type: type, rows: rows, depth: depth, offset: offset, byteCount: byteCount)
  }

  /// The matrix that lies at `placement` in `arena`, packed by an earlier start.
  ///
  /// Everything is checked that keeps the kernels inside the arena. The weights themselves are not: any
  /// bytes are some weights.
  ///
  /// - Throws: `TensorError`, with the tensor's `name`, where the placement does not fit its type, its
  ///   shape or the arena.
  package init(
    stored placement: PackedPlacement,
    name: String,
    in arena: WeightArena
  ) throws(TensorError) {
    guard ck_supports(Int32(placement.type.rawValue)) != 0,
      let byteCount = Self.packedByteCount(
        type: placement.type,
        rows: placement.rows,
        depth: placement.depth
      )
    else {
      throw TensorError.unsupportedType(tensor: name, type: placement.type.name)
    }
    guard placement.byteCount == byteCount, placement.offset >= 0,
      placement.offset % WeightArena.alignment == 0,
      placement.offset <= arena.byteCount, byteCount <= arena.byteCount - placement.offset
    else {
      throw TensorError.unexpectedByteCount(
        tensor: name,
        expected: byteCount,
        found: placement.byteCount
      )
    }
    self.init(
      rows: placement.rows,
      depth: placement.depth,
      type: placement.type,
      arena: arena,
      offset: placement.offset
    )
    // In range: the packed bytes, which fit the arena, hold at least a bit for every weight.
    arena.count(elements: placement.rows * placement.depth)
  }

  /// The order in which panels follow each other and whatever else `layoutSample` does not see; raise
  /// it when that changes.
  package static let layoutVersion: UInt64 = 2

  /// The bytes that this build and processor pack a fixed piece of `type` to; empty if it does not
  /// compute.
  ///
  /// Whoever keeps packed weights keeps a hash of this beside them: a kernel whose layout has changed,
  /// or differs between instruction sets, gives other bytes.
  package static func layoutSample(of type: ElementType) -> [UInt8] {
    let depth = 512  // two of the largest blocks
    let rowByteCount = depth / type.blockElementCount * type.blockByteCount
    let panelByteCount = Int(ck_panel_bytes(Int32(type.rawValue), Int64(depth)))
    guard ck_supports(Int32(type.rawValue)) != 0, panelByteCount > 0 else { return [] }
    var state: UInt64 = 1
    let source = (0..<rowByteCount * panelRows).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    // 64 bytes more than the panel, so that it can begin on a multiple of 64, as kernels may ask.
    var packed = [UInt8](repeating: 0, count: panelByteCount + WeightArena.alignment)
    // Both buffers live for the length of the call; the panel's bytes lie inside the second.
    let start = unsafe packed.withUnsafeMutableBytes { packed -> Int in
      unsafe source.withUnsafeBytes { source -> Int in
        guard let to = packed.baseAddress, let from = source.baseAddress else { return 0 }
        let start = -Int(bitPattern: to) & (WeightArena.alignment - 1)
        unsafe ck_pack_panel(
          Int32(type.rawValue),
          from,
          Int64(rowByteCount),
          Int32(panelRows),
          Int64(depth),
          to + start
        )
        return start
      }
    }
    return Array(packed[start..<start + panelByteCount])
  }
}
