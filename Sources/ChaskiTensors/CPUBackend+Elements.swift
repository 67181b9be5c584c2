// Owns: the operations that treat rows or elements one by one.

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

  /// Rotates the first `rotated` elements of every head of every row, in place. x: [T, H * E]
  ///
  /// `angles` holds cos and sin for each pair of each row, [T, rotated]. Pairs are (2i, 2i + 1), or, if
  /// `halfSplit`, (i, i + rotated / 2).
  ///
  /// Source: Su et al. 2021, https://arxiv.org/abs/2104.09864.
  package func rotate(_ x: Tensor, headWidth: Int, angles: Tensor, halfSplit: Bool) {
    precondition(angles.rows == x.rows && x.columns % headWidth == 0, "angles for other rows")
    forRows(x.rows, width: x.columns) { rows in
      for row in rows {
        unsafe kernels.pointee.rope(
          x.pointer(row: row),
          Int64(x.columns / headWidth),
          Int64(headWidth),
          Int64(angles.columns),
          angles.pointer(row: row),
          halfSplit ? 1 : 0
        )
      }
    }
  }
}
