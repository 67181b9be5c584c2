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
    // The new thread takes over the one reference; if there is none, it is given back here.
    let start = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
    #if canImport(Darwin)
    var thread: pthread_t?
    let code = unsafe pthread_create(&thread, nil, { unsafe Start.enter($0) }, start)
    #else
    var thread = pthread_t()
    let code = unsafe pthread_create(&thread, nil, { unsafe Start.enter($0) }, start)
    #endif
    guard code == 0 else {
      unsafe Unmanaged<Start>.fromOpaque(start).release()
      return false
    }
    #if canImport(Darwin)
    if let thread = unsafe thread { unsafe pthread_detach(thread) }
    #else
    pthread_detach(thread)
    #endif
    return true
  }

  private final class Start: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static func enter(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      if let context = unsafe context {
        let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        lowerPriority()
        start.body()
      }
      return nil
    }
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
