// Owns: activations: float32 matrices whose memory is reused. Does not own: weights (PackedMatrix).

/// A row-major float32 matrix of activations. [rows, columns]
///
/// Memory comes from a pool and returns to it with the last reference, so that a step of decode
/// allocates nothing from the system. Used by one task at a time; operations (CPUBackend) may read and
/// write it from worker threads while they run.
@safe package final class Tensor {
  /// T: tokens this step, or whatever runs along the rows.
  package let rows: Int
  /// The width of a row.
  package let columns: Int
  let base: UnsafeMutablePointer<Float>
  private let pool: TensorPool
  private let buffer: TensorPool.Buffer

  init(rows: Int, columns: Int, pool: TensorPool) {
    self.rows = rows
    self.columns = columns
    self.pool = pool
    buffer = pool.take(byteCount: rows * columns * MemoryLayout<Float>.stride)
    unsafe base = buffer.memory.base.assumingMemoryBound(to: Float.self)
  }

  deinit {
    pool.put(buffer)
  }

  /// One row, copied. [columns]
  package func row(_ index: Int) -> [Float] {
    precondition(index >= 0 && index < rows, "row \(index) of a tensor of \(rows) rows")
    return unsafe Array(UnsafeBufferPointer(start: base + index * columns, count: columns))
  }

  /// All elements, copied. [rows * columns]
  package func elements() -> [Float] {
    unsafe Array(UnsafeBufferPointer(start: base, count: rows * columns))
  }

  /// Gives `body` one row in place; calls for different rows may run at the same time. [columns]
  package func withRow<Result, Failure: Error>(
    _ index: Int,
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(index >= 0 && index < rows, "row \(index) of a tensor of \(rows) rows")
    var row = unsafe MutableSpan(_unsafeStart: pointer(row: index), count: columns)
    return try body(&row)
  }

  /// Copies `values` into row `index`.
  package func setRow(_ index: Int, to values: [Float]) {
    precondition(index >= 0 && index < rows, "row \(index) of a tensor of \(rows) rows")
    precondition(values.count == columns, "\(values.count) values for a row of \(columns)")
    for column in 0..<columns {
      unsafe base[index * columns + column] = values[column]
    }
  }

  /// The row's address; the caller keeps the tensor alive while it is used.
  func pointer(row index: Int) -> UnsafeMutablePointer<Float> {
    unsafe base + index * columns
  }
}
