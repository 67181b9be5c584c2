// Owns: starting a thread of the operating system. Does not own: what it does (WorkerPool, BackgroundThread).

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread that runs a closure once; whoever starts it must `join` it or `detach` it.
@safe struct SystemThread {
  #if canImport(Darwin)
  private var handle: pthread_t?
  #else
  private var handle = pthread_t()
  #endif

  /// Starts a thread that calls `body`.
  ///
  /// - Throws: `TensorError.threadCreationFailed`.
  init(_ body: @escaping @Sendable () -> Void) throws(TensorError) {
    // The new thread takes over the one reference; if there is none, it is given back here.
    let start = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
    let code = unsafe pthread_create(&handle, nil, { unsafe Start.enter($0) }, start)
    guard code == 0 else {
      unsafe Unmanaged<Start>.fromOpaque(start).release()
      throw TensorError.threadCreationFailed(code: code)
    }
  }

  /// Waits until the closure has returned.
  func join() {
    #if canImport(Darwin)
    if let handle = unsafe handle { unsafe pthread_join(handle, nil) }
    #else
    pthread_join(handle, nil)
    #endif
  }

  /// Lets the thread end by itself.
  func detach() {
    #if canImport(Darwin)
    if let handle = unsafe handle { unsafe pthread_detach(handle) }
    #else
    pthread_detach(handle)
    #endif
  }

  private final class Start: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static func enter(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      if let context = unsafe context {
        unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
      }
      return nil
    }
  }
}
