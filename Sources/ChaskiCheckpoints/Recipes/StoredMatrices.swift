// Owns: reading rectangles of a stored tensor, eight-bit floats with the scale of each block.
// Does not own: the elements' conversion (ChaskiFiles).

import ChaskiFiles
import ChaskiTensors

/// A stored tensor as matrices one after another.
struct StoredMatrices: Sendable {
  /// The scales of a tensor's blocks, one number for each.
  struct BlockScales: Sendable {
    /// One float for each block, row of blocks after row of blocks.
    let tensor: StoredTensor
    /// Rows of a block.
    let rows: Int
    /// Columns of a block.
    let columns: Int
  }

  let tensor: StoredTensor
  /// Rows of a matrix.
  let rows: Int
  /// Columns of a matrix.
  let columns: Int
  /// What eight-bit floats of a single matrix are multiplied with.
  let scales: BlockScales?

  func append(
    _ rows: Range<Int>,
    _ columns: Range<Int>,
    ofMatrix matrix: Int,
    as type: ElementType,
    to bytes: inout [UInt8]
  ) {
    let first = matrix * self.rows
    if let scales {
      return append(rows, columns, scales, as: type, to: &bytes)
    }
    if columns.count == self.columns {
      let start = (first + rows.lowerBound) * self.columns
      return tensor.append(start..<start + rows.count * self.columns, as: type, to: &bytes)
    }
    for row in rows {
      let start = (first + row) * self.columns
      tensor.append(start + columns.lowerBound..<start + columns.upperBound, as: type, to: &bytes)
    }
  }

  private func append(
    _ rows: Range<Int>,
    _ columns: Range<Int>,
    _ scales: BlockScales,
    as type: ElementType,
    to bytes: inout [UInt8]
  ) {
    let blocksPerRow = (self.columns + scales.columns - 1) / scales.columns
    var factors: [Float] = []
    var blockRow = -1
    for row in rows {
      if row / scales.rows != blockRow {
        blockRow = row / scales.rows
        factors = scales.tensor.floats(blockRow * blocksPerRow..<(blockRow + 1) * blocksPerRow)
      }
      var first = columns.lowerBound
      while first < columns.upperBound {
        let block = first / scales.columns
        let last = min(columns.upperBound, (block + 1) * scales.columns)
        let start = row * self.columns
        tensor.append(start + first..<start + last, as: type, scaledBy: factors[block], to: &bytes)
        first = last
      }
    }
  }

  /// Where rows of all matrices, counted through, lie, if they have `type` and their elements are aligned.
  func mapped(_ rows: Range<Int>, as type: ElementType) -> MappedBytes? {
    guard scales == nil, tensor.type.rawValue == type.name else { return nil }
    let range = tensor.byteSlice(rows.lowerBound * columns..<rows.upperBound * columns)
    guard range.lowerBound.isMultiple(of: type.blockByteCount) else { return nil }
    return MappedBytes(file: tensor.file, range: range)
  }

  func adviseDropped(_ rows: Range<Int>) {
    tensor.adviseDropped(rows.lowerBound * columns..<rows.upperBound * columns)
  }
}
