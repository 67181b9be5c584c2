// Owns: closing a file descriptor exactly once.

import SystemPackage

/// An open file that is closed when its owner ends.
struct OwnedDescriptor: ~Copyable, Sendable {
  /// The open file.
  let descriptor: FileDescriptor

  /// Takes over an open file.
  init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

  deinit { try? descriptor.close() }
}
