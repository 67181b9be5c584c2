// Owns: weight matrices in the layout the kernels stream. Does not own: the kernels or the files.

import ChaskiKernels

/// A matrix of weights, packed in panels of 16 interleaved rows. [rows, depth]
///
/// Immutable once loaded, and shared by everyone. A row is one output; `depth` weights meet `depth`
/// activations.
package struct PackedMatrix: Sendable {
  /// Outputs.
  package let rows: Int
  /// Inputs.
  package let depth: Int
  /// The format of the weights, as in the file.
  package let type: ElementType
  /// Bytes of one panel.
  let panelByteCount: Int
  private let arena: WeightArena
  let offset: Int

  /// Panels of 16 rows.
  var panelCount: Int { (rows + Self.panelRows - 1) / Self.panelRows }

  /// Bytes of all panels.
  package var byteCount: Int { panelCount * panelByteCount }

  static let panelRows = 16

  var base: UnsafeRawPointer {
    unsafe arena.base + offset
  }

  /// The bytes that a matrix of this shape takes when packed, or nil if the type does not compute.
  package static func packedByteCount(type: ElementType, rows: Int, depth: Int) -> Int? {
    guard rows > 0, depth > 0, depth % type.blockElementCount == 0 else { return nil }
    let panel = Int(ck_panel_bytes(Int32(type.rawValue), Int64(depth)))
    guard panel > 0 else { return nil }
    let product = panel.multipliedReportingOverflow(by: (rows - 1) / panelRows + 1)
    return product.overflow ? nil : product.partialValue
  }

  /// Packs the rows in `source` into memory from `arena`, on the workers' threads.
  ///
  /// `source` holds the file's bytes, row after row; `name` is the tensor's, for errors.
  /// `didRead` is told which of the bytes will not be read again.
  ///
  /// - Throws: `TensorError` for a type that does not compute, a wrong size, or no memory.
  package init(
    packing source: RawSpan,
    name: String,
    type: ElementType,
    rows: Int,
    depth: Int,
    into arena: WeightArena,
    with workers: WorkerPool,
    didRead: (_ bytes: Range<Int>) -> Void = { _ in }
  ) throws(TensorError) {
    guard ck_supports(Int32(type.rawValue)) != 0,
      let byteCount = Self.packedByteCount(type: type, rows: rows, depth: depth)
    else {
      throw TensorError.unsupportedType(tensor: name, type: type.name)
    }
    let rowByteCount = depth / type.blockElementCount * type.blockByteCount
    guard source.byteCount == rowByteCount * rows,
      let start = unsafe source.withUnsafeBytes({ $0.baseAddress })
    else {
      throw TensorError.unexpectedByteCount(
        tensor: name,
        expected: rowByteCount * rows,
        found: source.byteCount
      )
    }
    let offset = try arena.take(byteCount: byteCount, elementCount: rows * depth)
    self.init(rows: rows, depth: depth, type: type, arena: arena, offset: offset)

    let panelsPerSlice = panelsPerSlice
    for first in stride(from: 0, to: panelCount, by: panelsPerSlice) {
      let panels = first..<min(first + panelsPerSlice, panelCount)
      unsafe pack(
        panels,
        from: start + first * Self.panelRows * rowByteCount,
        rowByteCount: rowByteCount,
        with: workers
      )
      didRead(
        panels.lowerBound * Self.panelRows * rowByteCount..<min(
          panels.upperBound * Self.panelRows,
          rows
        ) * rowByteCount
      )
    }
  }

  /// A matrix whose panels lie, or will lie, at `offset` in `arena`, which has been checked.
  init(rows: Int, depth: Int, type: ElementType, arena: WeightArena, offset: Int) {
    self.rows = rows
    self.depth = depth
    self.type = type
    self.arena = arena
    self.offset = offset
    panelByteCount = Int(ck_panel_bytes(Int32(type.rawValue), Int64(depth)))
  }

  /// How many panels are packed at a time: about 8 MB, so that what they are packed from is given back
  /// before much of it is resident.
  var panelsPerSlice: Int { max(1, (8 << 20) / panelByteCount) }

  /// Packs `panels` from the rows at `start`, the first of which is the first of those panels.
  func pack(
    _ panels: Range<Int>,
    from start: UnsafeRawPointer,
    rowByteCount: Int,
    with workers: WorkerPool
  ) {
    guard let destination = unsafe arena.destination(offset) else { return }
    // About 256 kB at a time: large enough to forget the cost of taking a piece.
    let panelsPerItem = max(1, (256 << 10) / panelByteCount)
    workers.run((panels.count + panelsPerItem - 1) / panelsPerItem) { item in
      let first = panels.lowerBound + item * panelsPerItem
      for panel in first..<min(first + panelsPerItem, panels.upperBound) {
        let firstRow = panel * Self.panelRows
        unsafe ck_pack_panel(
          Int32(type.rawValue),
          start + (firstRow - panels.lowerBound * Self.panelRows) * rowByteCount,
          Int64(rowByteCount),
          Int32(min(Self.panelRows, rows - firstRow)),
          Int64(depth),
          destination + panel * panelByteCount
        )
      }
    }
    arena.filled(
      offset + panels.lowerBound * panelByteCount..<offset + panels.upperBound * panelByteCount
    )
  }

  /// Decodes one row to float32. [depth]
  func unpack(row: Int, into destination: UnsafeMutablePointer<Float>) {
    unsafe ck_unpack_row(
      Int32(type.rawValue),
      base + row / Self.panelRows * panelByteCount,
      Int32(row % Self.panelRows),
      Int64(depth),
      destination
    )
  }
}
