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
    let blocks = count / Int(CK_BLOCK)
    var byteCount = 0
    func reserve(_ bytes: Int) -> Int {
      defer { byteCount += (bytes + 63) & ~63 }
      return byteCount
    }
    let codes = reserve(count)
    let scales = reserve(blocks * MemoryLayout<Float>.stride)
    let sums = reserve(blocks * 2 * MemoryLayout<Int16>.stride)
    let fineCodes = reserve(count)
    let fineSums = reserve(blocks * 2 * MemoryLayout<Int16>.stride)
    let fineFlags = reserve(blocks)
    let fineStarts = reserve((x.columns / Int(CK_BLOCK) + 1) * MemoryLayout<Int32>.stride)
    let fineColumns = reserve(blocks * MemoryLayout<Int32>.stride)
    pool = backend.tensors
    buffer = pool.take(byteCount: byteCount)
    let base = unsafe buffer.memory.base
    unsafe columns = ck_q8_columns(
      codes: (base + codes).assumingMemoryBound(to: Int8.self),
      scales: (base + scales).assumingMemoryBound(to: Float.self),
      sums: (base + sums).assumingMemoryBound(to: Int16.self),
      columns: Int64(x.rows),
      depth: Int64(x.columns),
      fine_codes: (base + fineCodes).assumingMemoryBound(to: Int8.self),
      fine_sums: (base + fineSums).assumingMemoryBound(to: Int16.self),
      fine_flags: (base + fineFlags).assumingMemoryBound(to: UInt8.self),
      fine_starts: (base + fineStarts).assumingMemoryBound(to: Int32.self),
      fine_columns: (base + fineColumns).assumingMemoryBound(to: Int32.self)
    )
    quantize(x, on: backend)
    var all = unsafe columns
    unsafe ck_list_fine(&all)
  }

  deinit {
    pool.put(buffer)
  }

  private func quantize(_ x: Tensor, on backend: CPUBackend) {
    let blocksPerRow = x.columns / Int(CK_BLOCK)
    backend.forRows(x.rows, width: x.columns) { rows in
      let first = rows.lowerBound
      var part = unsafe columns
      unsafe part.codes += first * x.columns
      unsafe part.scales += first * blocksPerRow
      unsafe part.sums += first * blocksPerRow * 2
      unsafe part.fine_codes += first * x.columns
      unsafe part.fine_sums += first * blocksPerRow * 2
      unsafe part.fine_flags += first * blocksPerRow
      unsafe part.columns = Int64(rows.count)
      unsafe backend.kernels.pointee.quantize_q8(
        x.pointer(row: first),
        Int64(x.columns),
        &part
      )
    }
  }
}
