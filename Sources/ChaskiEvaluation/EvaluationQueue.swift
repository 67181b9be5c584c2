// Owns: the queue that measurements compute on. Does not own: what they compute.

import ChaskiTensors

/// Runs work that steps models, away from Swift's cooperative pool.
actor EvaluationQueue {
  private let executor = ComputeExecutor(label: "chaski.evaluation")

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Runs `body` on the queue.
  func perform<Result: Sendable>(_ body: () throws -> Result) rethrows -> Result {
    try body()
  }
}
