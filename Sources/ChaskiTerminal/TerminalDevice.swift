// Owns: every system call on a terminal, and all unsafe code of this module.
// Not here: any decision; those are in the pure types.

import Foundation
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The terminal of this process, through its standard streams.
package enum TerminalDevice {
  /// What waiting for input came to.
  enum Input: Equatable {
    case bytes([UInt8])
    case nothingYet
    case ended
  }

  /// What the standard streams and the environment say.
  package static func capabilities(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> TerminalCapabilities {
    TerminalCapabilities(
      inputIsTerminal: isatty(STDIN_FILENO) == 1,
      outputIsTerminal: isatty(STDOUT_FILENO) == 1,
      errorIsTerminal: isatty(STDERR_FILENO) == 1,
      windowWidth: windowSize()?.width,
      environment: environment
    )
  }

  /// The window's columns and rows now, or nil where no stream is a window's.
  package static func windowSize() -> (width: Int, height: Int)? {
    for descriptor in [STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO] {
      var size = winsize()
      // Safe: TIOCGWINSZ fills exactly the winsize that it is given, which lives past the call.
      let result = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size)
      if result == 0, size.ws_col > 0, size.ws_row > 0 {
        return (Int(size.ws_col), Int(size.ws_row))
      }
    }
    return nil
  }

  /// Waits for bytes on standard input for `milliseconds` at most.
  static func read(milliseconds: Int32) throws(TerminalError) -> Input {
    var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    // Safe: one pollfd, and the count says so.
    let ready = unsafe poll(&descriptor, 1, milliseconds)
    if ready < 0 {
      guard errno == EINTR else { throw .systemCall(name: "poll", code: errno) }
      return .nothingYet
    }
    guard ready > 0 else { return .nothingYet }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let capacity = bytes.count
    // Safe: the array's storage holds `capacity` bytes and outlives the call.
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      #if canImport(Darwin)
      unsafe Darwin.read(STDIN_FILENO, buffer.baseAddress, capacity)
      #elseif canImport(Musl)
      unsafe Musl.read(STDIN_FILENO, buffer.baseAddress, capacity)
      #else
      unsafe Glibc.read(STDIN_FILENO, buffer.baseAddress, capacity)
      #endif
    }
    if count > 0 { return .bytes(Array(bytes.prefix(count))) }
    // A terminal that went away says EIO.
    guard count < 0, errno != EIO else { return .ended }
    guard errno == EINTR || errno == EAGAIN else { throw .systemCall(name: "read", code: errno) }
    return .nothingYet
  }

  /// Gives the file at `path` the name `target`, replacing what had it.
  static func rename(_ path: String, to target: String) throws(TerminalError) {
    // Safe: both strings live past the call, and it only reads them.
    #if canImport(Darwin)
    let result = unsafe Darwin.rename(path, target)
    #elseif canImport(Musl)
    let result = unsafe Musl.rename(path, target)
    #else
    let result = unsafe Glibc.rename(path, target)
    #endif
    guard result == 0 else { throw .systemCall(name: "rename", code: errno) }
  }

  /// Leaves a signal that Dispatch watches to it alone, instead of its default action too.
  static func ignoreDefaultAction(of signal: Int32) {
    // On Linux Dispatch has put an action of its own in the default's place, without which it sees nothing.
    #if canImport(Darwin)
    _ = Darwin.signal(signal, SIG_IGN)
    #endif
  }

  /// Gives a signal its default action again.
  static func restoreDefaultAction(of signal: Int32) {
    #if canImport(Darwin)
    _ = Darwin.signal(signal, SIG_DFL)
    #elseif canImport(Musl)
    _ = Musl.signal(signal, SIG_DFL)
    #else
    _ = Glibc.signal(signal, SIG_DFL)
    #endif
  }
}

/// Puts the terminal into raw mode, and knows how it was before.
///
/// In raw mode every key reaches the program at once, and nothing is echoed. All methods may be
/// called from any thread, any number of times.
final class TerminalKeeper: Sendable {
  private let saved = Mutex<termios?>(nil)

  init() {}

  deinit { restore() }

  /// Enters raw mode; output still turns a line feed into a new line.
  func enterRawMode() throws(TerminalError) {
    try saved.withLock { (saved) throws(TerminalError) in
      guard saved == nil else { return }
      var before = termios()
      // Safe: tcgetattr fills exactly the termios that it is given.
      guard unsafe tcgetattr(STDIN_FILENO, &before) == 0 else {
        throw .systemCall(name: "tcgetattr", code: errno)
      }
      var raw = before
      // Safe: cfmakeraw changes only the termios that it is given.
      unsafe cfmakeraw(&raw)
      raw.c_oflag |= tcflag_t(OPOST)
      saved = before
      // Safe: tcsetattr only reads it. Draining keeps what the user has typed ahead.
      guard unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0 else {
        throw .systemCall(name: "tcsetattr", code: errno)
      }
    }
  }

  /// Gives the terminal back as it was.
  func restore() {
    saved.withLock { saved in
      guard var before = saved else { return }
      // Safe: tcsetattr only reads it. Not draining: this must not wait for a stopped terminal.
      _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &before)
      saved = nil
    }
  }
}
