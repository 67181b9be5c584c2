// Owns: measuring what the machine can do at best, to hold our own speed against.

import ChaskiKernels

extension CPUBackend {
  /// Bytes a second that all threads together read from memory, best of several passes over 256 MiB.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func measureReadBandwidth() throws(TensorError) -> Double {
    let pieceByteCount = 4 << 20
    let pieceCount = 64
    let memory = try AlignedMemory(byteCount: pieceByteCount * pieceCount)
    let base = unsafe memory.base
    // Untouched pages are all one page of zeros, which would be read from the cache.
    workers.run(pieceCount) { piece in
      unsafe (base + piece * pieceByteCount).initializeMemory(
        as: UInt8.self,
        repeating: UInt8(truncatingIfNeeded: piece + 1),
        count: pieceByteCount
      )
    }
    return bestRate(passes: 8) {
      workers.run(pieceCount) { piece in
        _ = unsafe kernels.pointee.probe_read(base + piece * pieceByteCount, Int64(pieceByteCount))
      }
      return Double(pieceByteCount * pieceCount)
    }
  }

  /// Multiply and add operations a second that all threads together reach in int8, in registers.
  package func measureInt8Peak() -> Double {
    let rounds = Int64(200_000)
    return bestRate(passes: 5) {
      let operations = Counter()
      workers.run(workers.threadCount * 4) { _ in
        let done = unsafe kernels.pointee.probe_int8(rounds)
        operations.add(Int(done))
      }
      return Double(operations.value)
    }
  }

  private func bestRate(passes: Int, _ pass: () -> Double) -> Double {
    let clock = ContinuousClock()
    var best = 0.0
    for _ in 0..<passes {
      let start = clock.now
      let amount = pass()
      best = max(best, amount / ((clock.now - start) / .seconds(1)))
    }
    return best
  }
}
