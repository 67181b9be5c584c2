// Owns: the operations that take rows, columns or heads from one tensor to another.
// Does not own: arithmetic on elements (CPUBackend+Arithmetic).

import ChaskiKernels

extension CPUBackend {
  /// Rows of `table`, one for each token. [T, D]
  package func embed(_ tokens: [Int32], from table: EmbeddingTable) -> Tensor {
    let result = tensor(rows: tokens.count, columns: table.columns)
    forRows(tokens.count, width: table.columns * 8) { rows in
      for row in rows {
        unsafe table.copyRow(Int(tokens[row]), into: result.pointer(row: row))
      }
    }
    return result
  }

  /// The rows of `x` named by `rows`, in that order. [R, D]
  package func gather(_ x: Tensor, rows: [Int]) -> Tensor {
    let result = tensor(rows: rows.count, columns: x.columns)
    for (index, row) in rows.enumerated() {
      precondition(row >= 0 && row < x.rows, "row \(row) of a tensor of \(x.rows) rows")
      unsafe result.pointer(row: index).update(from: x.pointer(row: row), count: x.columns)
    }
    return result
  }

  /// A copy of some columns of `x`. [T, range.count]
  package func columns(_ range: Range<Int>, of x: Tensor) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= x.columns,
      "columns \(range) of a tensor of \(x.columns)"
    )
    let result = tensor(rows: x.rows, columns: range.count)
    forRows(x.rows, width: range.count) { rows in
      for row in rows {
        unsafe result.pointer(row: row).update(
          from: x.pointer(row: row) + range.lowerBound,
          count: range.count
        )
      }
    }
    return result
  }

  /// Copies elements `range` of every head of `x` to those from `offset` on of every head of `result`.
  ///
  /// `x` is [T, H * headWidth], `result` [T, H * resultWidth]; if `x` has one head, every head of `result` gets it.
  package func copyHeads(
    _ range: Range<Int>,
    of x: Tensor,
    headWidth: Int,
    to result: Tensor,
    headWidth resultWidth: Int,
    at offset: Int
  ) {
    let headCount = result.columns / resultWidth
    let isShared = x.columns == headWidth
    precondition(
      x.rows == result.rows && headCount * resultWidth == result.columns
        && (isShared || x.columns == headCount * headWidth),
      "heads of \(headWidth) in \(x.columns) columns, of \(resultWidth) in \(result.columns)"
    )
    precondition(
      range.lowerBound >= 0 && range.upperBound <= headWidth && offset >= 0
        && offset + range.count <= resultWidth,
      "elements \(range) of a head of \(headWidth) to \(offset) of \(resultWidth)"
    )
    forRows(x.rows, width: headCount * range.count) { rows in
      for row in rows {
        for head in 0..<headCount {
          let from = unsafe x.pointer(row: row) + (isShared ? 0 : head * headWidth)
          unsafe (result.pointer(row: row) + head * resultWidth + offset).update(
            from: from + range.lowerBound,
            count: range.count
          )
        }
      }
    }
  }

  /// Adds the rows of `x`, each times its factor, to the rows of `sum` named by `rows`, in order.
  ///
  /// x: [R, D], sum: [T, D]. A row of `sum` may be named more than once.
  package func addRows(_ x: Tensor, scaledBy factors: [Float], to sum: Tensor, at rows: [Int]) {
    precondition(
      x.columns == sum.columns && factors.count == x.rows && rows.count == x.rows,
      "\(x.rows) rows, \(factors.count) factors, \(rows.count) places"
    )
    for row in rows {
      precondition(row >= 0 && row < sum.rows, "row \(row) of a tensor of \(sum.rows) rows")
    }
    // Threads share columns, so that a row's sums keep their order.
    let block = 64
    forRows((x.columns + block - 1) / block, width: x.rows * block) { blocks in
      let first = blocks.lowerBound * block
      let count = min(x.columns, blocks.upperBound * block) - first
      for (index, row) in rows.enumerated() {
        unsafe kernels.pointee.add_scaled(
          x.pointer(row: index) + first,
          factors[index],
          Int64(count),
          sum.pointer(row: row) + first
        )
      }
    }
  }
}
