// Owns: looking up rows of a weight matrix by token. Does not own: where the weights lie.

import ChaskiKernels

/// Rows of weights, one a token, decoded when asked for. [V, D]
///
/// A tied table shares the packed output matrix; any other stays in the mapped file, where only the
/// rows that are used are ever read.
package struct EmbeddingTable: Sendable {
  private enum Storage: Sendable {
    case packed(PackedMatrix)
    case stored(StoredRows)
  }

  private let storage: Storage

  /// V: how many rows.
  package let rows: Int
  /// D: how wide a row is.
  package let columns: Int

  /// A table that shares `matrix`.
  package init(tiedTo matrix: PackedMatrix) {
    storage = .packed(matrix)
    rows = matrix.rows
    columns = matrix.depth
  }

  /// A table whose rows stay where they are stored.
  package init(_ stored: StoredRows) {
    storage = .stored(stored)
    rows = stored.rows
    columns = stored.columns
  }

  /// Decodes row `row` into `destination`. [D]
  func copyRow(_ row: Int, into destination: UnsafeMutablePointer<Float>) {
    switch storage {
    case .packed(let matrix): unsafe matrix.unpack(row: row, into: destination)
    case .stored(let stored): unsafe stored.copyRow(row, into: destination)
    }
  }
}
