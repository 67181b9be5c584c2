// Owns: threads for work that nobody waits for. Does not own: the compute threads (WorkerPool).

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs work on a thread of its own that takes a processor only when nobody else wants it.
package enum BackgroundThread {
  /// Calls `body` once on a new thread; where no thread can be had, it is not called.
  ///
  /// - Returns: Whether there is a thread.
  @discardableResult
  package static func run(_ body: @escaping @Sendable () -> Void) -> Bool {
    let thread = try? SystemThread {
      lowerPriority()
      body()
    }
    thread?.detach()
    return thread != nil
  }

  private static func lowerPriority() {
    #if canImport(Darwin)
    pthread_set_qos_class_self_np(QOS_CLASS_BACKGROUND, 0)
    #else
    // "Process" 0 is the calling thread on Linux. A refusal does no harm. (The constant PRIO_PROCESS has
    // another type in each C library.)
    let process: Int32 = 0
    _ = setpriority(process, 0, 19)
    #endif
  }
}
