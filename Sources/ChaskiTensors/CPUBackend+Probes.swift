// Owns: measuring what the machine can do at best, to hold our own speed against.

import ChaskiKernels

extension CPUBackend {
  /// Bytes a second that all threads together read, best of several passes over the weights in `arena`.
  ///
  /// Reading the weights themselves takes no memory besides, and measures what decode can reach: memory,
  /// or the cache where they fit it.
  package func measureReadBandwidth(of arena: WeightArena) -> Double {
    let byteCount = arena.usedByteCount
    let pieceByteCount = 1 << 20
    let pieceCount = (byteCount + pieceByteCount - 1) / pieceByteCount
    let base = unsafe arena.base
    return bestRate(passes: 10) {
      workers.run(pieceCount) { piece in
        let first = piece * pieceByteCount
        let count = min(pieceByteCount, byteCount - first)
        _ = unsafe kernels.pointee.probe_read(base + first, Int64(count))
      }
      return Double(byteCount)
    }
  }

  /// Multiply and add operations a second that all threads together reach in int8, in registers.
  package func measureInt8Peak() -> Double {
    measurePeak { unsafe kernels.pointee.probe_int8($0) }
  }

  /// Multiply and add operations a second that all threads together reach in float32, in registers.
  package func measureFloat32Peak() -> Double {
    measurePeak { unsafe kernels.pointee.probe_float32($0) }
  }

  /// `probe` does a number of rounds and returns how many operations they were.
  private func measurePeak(_ probe: (_ rounds: Int64) -> Double) -> Double {
    // Plain C needs a hundred times longer for a round; its peak is as good after fewer.
    let rounds = Int64(instructionSet == .plain ? 2_000 : 200_000)
    return bestRate(passes: 5) {
      let operations = Counter()
      workers.run(workers.threadCount * 4) { _ in
        operations.add(Int(probe(rounds)))
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
