// Owns: the operations a forward pass is made of, on the processor's threads.
// Does not own: the kernels (ChaskiKernels) or which operations a model needs (ChaskiModels).

import ChaskiKernels

/// The processor as a device: one table of kernels and one pool of threads.
///
/// Operations are eager and run one at a time: one task at a time may use a backend. The results are
/// the same bits for every thread count and instruction set.
///
/// Sendable: the table is constant; pools guard themselves; the observer is set by the task that uses the backend.
@safe package final class CPUBackend: @unchecked Sendable {
  /// The instruction set in use.
  package let instructionSet: InstructionSet
  /// The threads that operations share.
  package let workers: WorkerPool
  /// Whether activations are rounded to bfloat16 where they meet BF16 weights.
  package let roundsToBFloat16: Bool
  /// Who is told what linear operations read, or nil, as for ordinary inference.
  ///
  /// Set while no operation runs.
  package var linearObserver: (any LinearObserver)?
  let kernels: UnsafePointer<ck_table>
  let tensors = TensorPool()
  let foresight: ProductSequence

  /// Below this many elements a loop is not worth sharing: handing it over costs about as much as
  /// 10,000 element-wise operations (Zen 5, November 2026).
  static let sharingThreshold = 16_384

  /// A backend with `threadCount` threads (all processors if nil).
  ///
  /// BF16 weights meet activations rounded to bfloat16, twice as fast where the processor has a unit
  /// for it; without `roundsToBFloat16` they meet float32 ones.
  ///
  /// - Throws: `TensorError` when the machine lacks `instructionSet` or refuses threads.
  package init(
    threadCount: Int? = nil,
    instructionSet: InstructionSet = .best,
    roundsToBFloat16: Bool = true
  ) throws(TensorError) {
    guard let table = unsafe instructionSet.table else {
      throw TensorError.instructionSetUnavailable(
        name: instructionSet.rawValue,
        available: InstructionSet.available.map(\.rawValue)
      )
    }
    unsafe kernels = table
    self.instructionSet = instructionSet
    self.roundsToBFloat16 = roundsToBFloat16
    workers = try WorkerPool(threadCount: threadCount ?? WorkerPool.processorCount)
    foresight = ProductSequence(threadCount: workers.threadCount)
  }

  deinit {
    workers.stop()
  }

  /// A tensor with undefined contents. [rows, columns]
  package func tensor(rows: Int, columns: Int) -> Tensor {
    Tensor(rows: rows, columns: columns, pool: tensors)
  }

  /// A tensor that holds `values`. [rows, columns]
  package func tensor(rows: Int, columns: Int, _ values: [Float]) -> Tensor {
    precondition(values.count == rows * columns, "\(values.count) values for [\(rows), \(columns)]")
    let result = tensor(rows: rows, columns: columns)
    for index in 0..<values.count {
      unsafe result.base[index] = values[index]
    }
    return result
  }

  /// Gives idle activation memory back to the system.
  package func releaseIdleMemory() {
    tensors.drain()
  }

  /// Calls `body` with slices of 0 ..< `count` rows, shared among the threads when there is enough to
  /// do; `width` is the number of elements a row costs.
  func forRows(_ count: Int, width: Int, _ body: (Range<Int>) -> Void) {
    guard count > 1, count * width >= Self.sharingThreshold else {
      body(0..<count)
      return
    }
    let pieces = min(count, workers.threadCount * 4)
    workers.run(pieces) { piece in
      body(count * piece / pieces..<count * (piece + 1) / pieces)
    }
  }
}
