// Owns: a step's activations as int8, made once for all matrices that read them.
// Does not own: the arithmetic (ChaskiKernels) or what comes before it (LinearInput).

import ChaskiKernels

/// Activations in blocks of 32 int8 codes with a float32 scale each. [T, D]
@safe final class QuantizedColumns {
  /// The planes, without an arrangement.
  private let planes: ck_q8_columns
  /// The types that the activations are arranged for.
  private let types: TypeSet
  /// One arrangement after the other.
  private let ready: UnsafeMutablePointer<UInt8>
  /// Likewise, of the second planes.
  private let fineReady: UnsafeMutablePointer<UInt8>
  private let readyByteCount: Int
  private let buffer: TensorPool.Buffer
  private let pool: TensorPool

  /// Quantises all rows of `input`, whose width must be a multiple of 32, for products with `types`.
  init(_ input: LinearInput, for types: TypeSet, on backend: CPUBackend) {
    precondition(
      input.columns % Int(CK_BLOCK) == 0,
      "width \(input.columns) is not a multiple of 32"
    )
    input.checkShape()
    let count = input.rows * input.columns
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
    let fineBlocks = reserve((blocks + input.rows) * MemoryLayout<Int32>.stride)
    readyByteCount = (blocks * Int(CK_READY_BYTES) + 63) & ~63
    self.types = types
    let arrangementCount = unsafe types.slotCount(backend.kernels)
    let ready = reserve(readyByteCount * arrangementCount)
    let fineReady = reserve(readyByteCount * arrangementCount)
    pool = backend.tensors
    buffer = pool.take(byteCount: byteCount)
    let base = unsafe buffer.memory.base
    unsafe planes = ck_q8_columns(
      codes: (base + codes).assumingMemoryBound(to: Int8.self),
      scales: (base + scales).assumingMemoryBound(to: Float.self),
      sums: (base + sums).assumingMemoryBound(to: Int16.self),
      columns: Int64(input.rows),
      depth: Int64(input.columns),
      fine_codes: (base + fineCodes).assumingMemoryBound(to: Int8.self),
      fine_sums: (base + fineSums).assumingMemoryBound(to: Int16.self),
      fine_flags: (base + fineFlags).assumingMemoryBound(to: UInt8.self),
      ready: nil,
      fine_ready: nil,
      fine_blocks: (base + fineBlocks).assumingMemoryBound(to: Int32.self)
    )
    unsafe self.ready = (base + ready).assumingMemoryBound(to: UInt8.self)
    unsafe self.fineReady = (base + fineReady).assumingMemoryBound(to: UInt8.self)
    quantize(input, on: backend)
  }

  deinit {
    pool.put(buffer)
  }

  /// The columns as a product with `type` reads them.
  func columns(for type: ElementType, on backend: CPUBackend) -> ck_q8_columns {
    unsafe arrangement(types.slot(of: type, backend.kernels))
  }

  /// The columns with the arrangement in a slot.
  private func arrangement(_ slot: Int) -> ck_q8_columns {
    var result = unsafe planes
    unsafe result.ready = ready + slot * readyByteCount
    unsafe result.fine_ready = fineReady + slot * readyByteCount
    return unsafe result
  }

  /// A part's columns are quantised and arranged together, while they are in the cache.
  private func quantize(_ input: LinearInput, on backend: CPUBackend) {
    let width = input.columns
    let part = Int(CK_COLUMN_PART)
    let kernels = unsafe backend.kernels
    let source = unsafe LinearRows(input, kernels: kernels)
    let scratch = backend.tensor(
      rows: backend.workers.threadCount,
      columns: input.isPlain ? 0 : (width + 15) & ~15
    )
    let scratchBase = unsafe scratch.base
    let scratchWidth = scratch.columns
    let planes = unsafe planes
    let blocksPerRow = width / Int(CK_BLOCK)
    func quantize(rows: Range<Int>, worker: Int) {
      for row in rows {
        var part = unsafe planes
        unsafe part.codes += row * width
        unsafe part.scales += row * blocksPerRow
        unsafe part.sums += row * blocksPerRow * 2
        unsafe part.fine_codes += row * width
        unsafe part.fine_sums += row * blocksPerRow * 2
        unsafe part.fine_flags += row * blocksPerRow
        unsafe part.columns = 1
        let floats = unsafe source.row(row, scratch: scratchBase + worker * scratchWidth)
        unsafe kernels.pointee.quantize_q8(floats, Int64(width), &part)
      }
    }
    func arrange(rows: Range<Int>) {
      unsafe types.forEachSlot(kernels) { slot, type in
        var all = unsafe arrangement(slot)
        unsafe kernels.pointee.arrange_q8(
          Int32(type.rawValue),
          &all,
          Int64(rows.lowerBound),
          Int64(rows.upperBound)
        )
      }
    }
    if input.rows > part {
      backend.workers.run((input.rows + part - 1) / part) { index, worker in
        let rows = index * part..<min((index + 1) * part, input.rows)
        quantize(rows: rows, worker: worker)
        arrange(rows: rows)
      }
    } else {
      if input.rows * width >= CPUBackend.sharingThreshold {
        backend.workers.run(input.rows) { row, worker in
          quantize(rows: row..<row + 1, worker: worker)
        }
      } else {
        quantize(rows: 0..<input.rows, worker: 0)
      }
      arrange(rows: 0..<input.rows)
    }
    withExtendedLifetime((input, scratch)) {}
  }
}

/// Types that want their activations alike share an arrangement: a slot each for those that differ.
extension TypeSet {
  fileprivate func slotCount(_ kernels: UnsafePointer<ck_table>) -> Int {
    var count = 0
    unsafe forEachSlot(kernels) { _, _ in count += 1 }
    return count
  }

  /// The slot of the arrangement that `type` reads.
  fileprivate func slot(of type: ElementType, _ kernels: UnsafePointer<ck_table>) -> Int {
    let wanted = unsafe kernels.pointee.arrangement(Int32(type.rawValue))
    var found: Int?
    unsafe forEachSlot(kernels) { slot, kept in
      if unsafe kernels.pointee.arrangement(Int32(kept.rawValue)) == wanted { found = slot }
    }
    guard let found else { preconditionFailure("activations were not arranged for \(type.name)") }
    return found
  }

  /// Calls `body` with each slot and the first of the types that read it.
  fileprivate func forEachSlot(
    _ kernels: UnsafePointer<ck_table>,
    _ body: (_ slot: Int, _ type: ElementType) -> Void
  ) {
    var slot = 0
    forEach { type in
      let wanted = unsafe kernels.pointee.arrangement(Int32(type.rawValue))
      var isNew = true
      forEach { other in
        if other.rawValue < type.rawValue,
          unsafe kernels.pointee.arrangement(Int32(other.rawValue)) == wanted
        {
          isNew = false
        }
      }
      if isNew {
        body(slot, type)
        slot += 1
      }
    }
  }
}
