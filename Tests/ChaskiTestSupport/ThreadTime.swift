// Owns: how long a thread has worked, for tests that bound the cost of something on a busy machine.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The processor time of the calling thread.
///
/// Another test's work, or another machine's, does not lengthen it.
package enum ThreadTime {
  package static var now: Duration {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
