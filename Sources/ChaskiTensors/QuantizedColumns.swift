// Owns: a step's activations as int8, made once for all matrices that read them.

import ChaskiKernels

/// Activations in blocks of 32 int8 codes with a float32 scale each. [T, D]
@safe final class QuantizedColumns {
  let columns: ck_q8_columns
  private let buffer: TensorPool.Buffer
  private let pool: TensorPool

  /// Quantises all rows of `x`; its width must be a multiple of 32.
  init(_ x: Tensor, on backend: CPUBackend) {
    precondition(x.columns % Int(CK_BLOCK) == 0, "width \(x.columns) is not a multiple of 32")
    let count = x.rows * x.columns
    let scaleOffset = (count + 63) & ~63
    let sumOffset = scaleOffset + (count / 32 * 4 + 63) & ~63
    pool = backend.tensors
    buffer = pool.take(byteCount: sumOffset + count / 16 * 2)
    let base = unsafe buffer.memory.base
    unsafe columns = ck_q8_columns(
      codes: base.assumingMemoryBound(to: Int8.self),
      scales: (base + scaleOffset).assumingMemoryBound(to: Float.self),
      sums: (base + sumOffset).assumingMemoryBound(to: Int16.self),
      columns: Int64(x.rows),
      depth: Int64(x.columns)
    )
    let all = unsafe columns
    backend.forRows(x.rows, width: x.columns) { rows in
      let first = rows.lowerBound
      var part = unsafe all
      unsafe part.codes = all.codes + first * x.columns
      unsafe part.scales = all.scales + first * x.columns / 32
      unsafe part.sums = all.sums + first * x.columns / 16
      unsafe part.columns = Int64(rows.count)
      unsafe backend.kernels.pointee.quantize_q8(
        x.pointer(row: first),
        Int64(x.columns),
        &part
      )
    }
  }

  deinit {
    pool.put(buffer)
  }
}
