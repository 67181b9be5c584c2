// Owns: the queue that quantisation computes on. Does not own: what it computes.

import ChaskiTensors

/// Runs long conversions away from Swift's cooperative pool.
package actor QuantizationQueue {
  private let executor = ComputeExecutor(label: "chaski.quantization")

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  package init() {}

  /// Runs `body` on the queue; the caller's cancellation reaches it.
  package func perform<Result: Sendable>(
    _ body: @Sendable () throws -> Result
  ) rethrows -> Result {
    try body()
  }
}
