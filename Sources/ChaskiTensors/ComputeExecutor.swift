// Owns: where an actor that computes runs. Does not own: what it computes.

import Dispatch

/// Runs an actor's work on a queue of its own, so that seconds of compute never hold a thread of
/// Swift's cooperative pool.
package final class ComputeExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// An executor whose queue bears `label` in debuggers.
  package init(label: String) {
    queue = DispatchQueue(label: label, qos: .userInitiated)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    // A job is run exactly once: the queue calls every block once, in order.
    let job = UnownedJob(job)
    queue.async { [self] in
      unsafe job.runSynchronously(on: asUnownedSerialExecutor())
    }
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    // The actor that hands this out keeps the executor alive.
    unsafe UnownedSerialExecutor(ordinary: self)
  }
}
