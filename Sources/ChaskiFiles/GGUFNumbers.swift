// Owns: changing numbers in the metadata of a GGUF file that is written already.
// Does not own: what the numbers are about.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Numbers of a file's keys, which take the same bytes whatever their value.
package enum GGUFNumbers {
  /// Overwrites the values of keys in the single file at `path`, in place.
  ///
  /// - Throws: `FileError.missing` without a key, `wrongType` where the file has another type than is given.
  package static func overwrite(
    _ values: [(key: String, value: GGUFValue)],
    in path: String
  ) throws(FileError) {
    let metadata = try GGUFFile(path: path).metadata
    var pieces: [(offset: Int, bytes: [UInt8])] = []
    for (key, value) in values {
      guard let entry = metadata.entry(key) else {
        throw .missing(file: path, item: "key \(key)", expected: "with a number to be replaced")
      }
      guard entry.type == value.type, let bytes = Self.bytes(of: value) else {
        throw .wrongType(
          file: path,
          item: "key \(key)",
          expected: value.type.description,
          found: entry.typeDescription
        )
      }
      pieces.append((entry.byteRange.lowerBound, bytes))
    }
    // The path's C string lives for the length of the call.
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotWrite(file: path, reason: systemReason(errno)) }
    defer { close(descriptor) }
    for (offset, bytes) in pieces {
      // The array holds what is written for the length of the call.
      let written = unsafe pwrite(descriptor, bytes, bytes.count, off_t(offset))
      guard written == bytes.count else {
        throw .cannotWrite(file: path, reason: systemReason(errno))
      }
    }
  }

  /// The bytes of a number of four or eight bytes.
  private static func bytes(of value: GGUFValue) -> [UInt8]? {
    switch value {
    case .uint32(let number): (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    case .float32(let number):
      (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    case .float64(let number):
      (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    default: nil
    }
  }
}
