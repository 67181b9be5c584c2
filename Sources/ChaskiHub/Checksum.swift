// Owns: the SHA-256 of a file, computed piece by piece.

import Crypto
import Foundation

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces.
struct Checksum {
  private var hash = SHA256()

  /// How many bytes of a file are read at a time.
  static let pieceSize = 1 << 20

  /// Adds bytes.
  mutating func update(_ bytes: some DataProtocol) { hash.update(data: bytes) }

  /// The sum of what was added so far, in lower-case hexadecimal.
  var hexadecimal: String {
    hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// Adds a whole file; lets other tasks run and checks for cancellation after each piece.
  ///
  /// - Returns: The file's length in bytes.
  /// - Throws: `HubError.file`, `CancellationError`.
  mutating func update(file: URL, progress: (Int64) -> Void = { _ in }) async throws -> Int64 {
    let handle: FileHandle
    do {
      handle = try FileHandle(forReadingFrom: file)
    } catch {
      throw HubError.file(path: file.path, operation: "read", reason: FileAccess.reason(error))
    }
    defer { try? handle.close() }
    var byteCount: Int64 = 0
    while true {
      let piece: Data
      do {
        piece = try handle.read(upToCount: Self.pieceSize) ?? Data()
      } catch {
        throw HubError.file(path: file.path, operation: "read", reason: FileAccess.reason(error))
      }
      guard !piece.isEmpty else { return byteCount }
      update(piece)
      byteCount += Int64(piece.count)
      progress(byteCount)
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}
