// Owns: reading probabilities off rows of logits, for those who measure models.
// Does not own: choosing a token (ChaskiSampling).

import ChaskiKernels
import Foundation

extension CPUBackend {
  /// The columns whose exponentials are taken at once, and summed in float32 before they go on in double.
  private static let blockLength = 512

  /// The distribution of each row of `logits`. [R]
  ///
  /// Exponentials are the kernel's, within a unit in the last place, summed in one order: the same bits
  /// on every machine up to the system's logarithm.
  package func distributions(of logits: Tensor) -> [RowDistribution] {
    let empty = RowDistribution(maximum: -.infinity, best: 0, normalizer: -.infinity)
    var result = [RowDistribution](repeating: empty, count: logits.rows)
    let scratch = tensor(rows: workers.threadCount, columns: Self.blockLength)
    unsafe result.withUnsafeMutableBufferPointer { result in
      // Each index is written by one call, and nobody reads before all have returned.
      let result = unsafe result
      workers.run(logits.rows) { row, worker in
        let values = unsafe UnsafePointer(logits.pointer(row: row))
        let found = unsafe distribution(
          of: values,
          count: logits.columns,
          scratch.pointer(row: worker)
        )
        unsafe result[row] = found
      }
    }
    return result
  }

  /// The Kullback-Leibler divergence, in nats, of each row of `other` from the same row of `logits`. [R]
  ///
  /// It is the mean, over what `logits` expects, of how much less probable the token is to `other`. The
  /// distributions are those of the rows, or, for log-probabilities of which some are left out (minus
  /// infinity), of the whole of which the rows are a part.
  package func divergences(
    of logits: Tensor,
    _ distributions: [RowDistribution],
    to other: Tensor,
    _ otherDistributions: [RowDistribution]
  ) -> [Double] {
    precondition(
      logits.rows == other.rows && logits.columns == other.columns
        && distributions.count == logits.rows && otherDistributions.count == logits.rows,
      "rows of different shapes"
    )
    var result = [Double](repeating: 0, count: logits.rows)
    let scratch = tensor(rows: workers.threadCount, columns: Self.blockLength)
    unsafe result.withUnsafeMutableBufferPointer { result in
      // Each index is written by one call, and nobody reads before all have returned.
      let result = unsafe result
      workers.run(logits.rows) { row, worker in
        let (own, others) = (distributions[row], otherDistributions[row])
        let sum = unsafe weightedDifference(
          of: logits.pointer(row: row),
          to: other.pointer(row: row),
          count: logits.columns,
          below: own.maximum,
          less: own.normalizer - others.normalizer,
          scratch.pointer(row: worker)
        )
        unsafe result[row] = sum / Foundation.exp(own.normalizer - Double(own.maximum))
      }
    }
    return result
  }

  private func distribution(
    of logits: UnsafePointer<Float>,
    count: Int,
    _ scratch: UnsafeMutablePointer<Float>
  ) -> RowDistribution {
    var maximum = -Float.infinity
    for start in stride(from: 0, to: count, by: 8) {
      let lanes = unsafe eight(logits, from: start, count: count, filling: -.infinity)
      maximum = max(maximum, lanes.max())
    }
    var best = 0
    while best < count, unsafe logits[best] != maximum { best += 1 }
    var total = 0.0
    for start in stride(from: 0, to: count, by: Self.blockLength) {
      let length = min(Self.blockLength, count - start)
      unsafe exponentials(of: logits + start, count: length, below: maximum, into: scratch)
      var lanes = SIMD8<Float>()
      for index in stride(from: 0, to: length, by: 8) {
        lanes += unsafe eight(scratch, from: index, count: length, filling: 0)
      }
      total += Double(lanes.sum())
    }
    return RowDistribution(
      maximum: maximum,
      best: best < count ? best : 0,
      normalizer: Double(maximum) + Foundation.log(total)
    )
  }

  /// The sum of exp(logit - maximum) times how much higher its log-probability is than the other's.
  private func weightedDifference(
    of logits: UnsafePointer<Float>,
    to others: UnsafePointer<Float>,
    count: Int,
    below maximum: Float,
    less offset: Double,
    _ scratch: UnsafeMutablePointer<Float>
  ) -> Double {
    var total = SIMD8<Double>()
    for start in stride(from: 0, to: count, by: Self.blockLength) {
      let length = min(Self.blockLength, count - start)
      unsafe exponentials(of: logits + start, count: length, below: maximum, into: scratch)
      for index in stride(from: 0, to: length, by: 8) {
        let weights = unsafe eight(scratch, from: index, count: length, filling: 0)
        let own = unsafe eight(logits + start, from: index, count: length, filling: 0)
        let other = unsafe eight(others + start, from: index, count: length, filling: 0)
        let difference = SIMD8<Double>(own) - SIMD8<Double>(other) - offset
        let product = SIMD8<Double>(weights) * difference
        // A token that cannot come costs nothing, whatever the other thinks of it.
        total += product.replacing(with: 0, where: SIMD8<Double>(weights) .== 0)
      }
    }
    return total.sum()
  }

  private func exponentials(
    of logits: UnsafePointer<Float>,
    count: Int,
    below maximum: Float,
    into scratch: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<count { unsafe scratch[index] = logits[index] - maximum }
    unsafe kernels.pointee.exp(scratch, Int64(count), scratch)
  }

  @inline(__always)
  private func eight(
    _ values: UnsafePointer<Float>,
    from start: Int,
    count: Int,
    filling: Float
  ) -> SIMD8<Float> {
    if start + 8 <= count {
      return unsafe UnsafeRawPointer(values + start).loadUnaligned(as: SIMD8<Float>.self)
    }
    var lanes = SIMD8<Float>(repeating: filling)
    for index in start..<count { lanes[index - start] = unsafe values[index] }
    return lanes
  }
}

extension Tensor {
  /// One element.
  package func element(row: Int, column: Int) -> Float {
    precondition(
      row >= 0 && row < rows && column >= 0 && column < columns,
      "element [\(row), \(column)] of a tensor of [\(rows), \(columns)]"
    )
    return unsafe pointer(row: row)[column]
  }
}
