// Owns: a step's activations as the float kernels want them, made once for all matrices that read
// them.

import ChaskiKernels

/// Activations laid side by side in tiles, as float32 or rounded to bfloat16. [T, D]
@safe final class FloatColumns {
  let columns: ck_float_columns
  private let buffer: TensorPool.Buffer
  private let pool: TensorPool

  /// Lays out all rows of `x`; rounded ones are for BF16 weights alone.
  init(_ x: Tensor, rounded: Bool, on backend: CPUBackend) {
    pool = backend.tensors
    let byteCount = ck_float_columns_bytes(Int64(x.rows), Int64(x.columns))
    buffer = pool.take(byteCount: Int(byteCount))
    unsafe columns = ck_float_columns(
      ready: UnsafeMutableRawPointer(buffer.memory.base),
      columns: Int64(x.rows),
      depth: Int64(x.columns),
      rounded: rounded ? 1 : 0
    )
    makeReady(x, on: backend)
  }

  deinit {
    pool.put(buffer)
  }

  private func makeReady(_ x: Tensor, on backend: CPUBackend) {
    let tileRows = Int(CK_FLOAT_TILE)
    let tiles = (x.rows + tileRows - 1) / tileRows
    backend.forRows(tiles, width: tileRows * x.columns) { tiles in
      var result = unsafe columns
      unsafe backend.kernels.pointee.ready_float(
        x.base,
        Int64(x.columns),
        Int64(tiles.lowerBound * tileRows),
        Int64(min(tiles.upperBound * tileRows, x.rows)),
        &result
      )
    }
  }
}
