// Owns: running tasks where somebody else runs closures. Does not own: those threads, and what the tasks do.

import Dispatch

/// Runs tasks on threads of somebody's choice instead of Swift's cooperative pool.
package final class ForwardingExecutor: TaskExecutor {
  private let run: @Sendable (@escaping @Sendable () -> Void) -> Void

  /// Runs tasks where `run` runs closures, each of which it must run once.
  package init(_ run: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
    self.run = run
  }

  /// Runs tasks that take seconds, such as reading and packing files, on threads of their own.
  ///
  /// They bear `label` in debuggers.
  package convenience init(label: String) {
    let queue = DispatchQueue(label: label, qos: .userInitiated, attributes: .concurrent)
    self.init { queue.async(execute: $0) }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    // A job is run exactly once, as every closure is.
    let job = UnownedJob(job)
    run { [self] in
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
