// Owns: a view of a weight matrix in a file's own layout. Does not own: the mapping.

import ChaskiKernels

/// Rows of weights as they lie in a mapped file. [rows, columns]
///
/// Sendable without a lock: the mapping is read-only and lives as long as `owner`.
@safe package struct StoredRows: @unchecked Sendable {
  /// How many rows.
  package let rows: Int
  /// How wide a row is.
  package let columns: Int
  private let base: UnsafeRawPointer
  private let type: ElementType
  private let rowByteCount: Int
  private let owner: AnyObject

  /// A view of `bytes`, which must stay valid as long as `owner` lives.
  package init(
    _ bytes: RawSpan,
    of owner: AnyObject,
    name: String,
    type: ElementType,
    rows: Int,
    columns: Int
  ) throws(TensorError) {
    guard ck_supports(Int32(type.rawValue)) != 0, columns % type.blockElementCount == 0 else {
      throw TensorError.unsupportedType(tensor: name, type: type.name)
    }
    rowByteCount = columns / type.blockElementCount * type.blockByteCount
    guard bytes.byteCount == rows * rowByteCount,
      let start = unsafe bytes.withUnsafeBytes({ $0.baseAddress })
    else {
      throw TensorError.unexpectedByteCount(
        tensor: name,
        expected: rows * rowByteCount,
        found: bytes.byteCount
      )
    }
    unsafe base = start
    self.rows = rows
    self.columns = columns
    self.type = type
    self.owner = owner
  }

  func copyRow(_ row: Int, into destination: UnsafeMutablePointer<Float>) {
    precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
    unsafe ck_dequantize(
      Int32(type.rawValue),
      base + row * rowByteCount,
      Int64(columns),
      destination
    )
  }
}
