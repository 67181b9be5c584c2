// Owns: a port of this machine at which nobody listens, and nobody can begin to while the value lives.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A port that is taken but not listened at, so that every connection to it is refused.
///
/// A port that a server has just left would not do: tests run side by side, and the next server of any of them
/// may be given it.
struct ClosedPort: ~Copyable {
  let number: Int
  private let descriptor: CInt

  init() throws {
    #if canImport(Glibc)
    let stream = CInt(SOCK_STREAM.rawValue)
    #else
    let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = unsafe withUnsafeMutableBytes(of: &address) { bytes in
      let general = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
      guard let general = unsafe general, unsafe bind(descriptor, general, size) == 0,
        unsafe getsockname(descriptor, general, &size) == 0
      else { return errno }
      return 0
    }
    guard code == 0 else {
      close(descriptor)
      throw Failure(call: "bind", code: code)
    }
    self.descriptor = descriptor
    number = Int(UInt16(bigEndian: address.sin_port))
  }

  deinit { close(descriptor) }

  struct Failure: Error {
    let call: String
    let code: CInt
  }
}
