// Owns: reading little-endian numbers, strings and byte runs from a mapped file, checking each one
// against the bytes that are left.
// Does not own: what they mean (the parsers).

/// A position in a mapped file that only moves forward and never past the end.
@safe
struct ByteReader {
  // Proof for every unsafe use below: `base` points to `end` readable bytes, which stay mapped while
  // `file` is held here; `offset` starts in 0...end and each method advances it only after checking
  // that the bytes it takes are left, so every load lies inside the mapping. Loads are unaligned.
  let file: MappedFile
  private let base: UnsafeRawPointer
  private let end: Int
  private(set) var offset: Int

  /// Reads `file` from `offset` to its end.
  init(_ file: MappedFile, at offset: Int = 0) {
    precondition(offset >= 0 && offset <= file.byteCount, "a reader starts inside its file")
    self.file = file
    unsafe self.base = file.base
    self.end = file.byteCount
    self.offset = offset
  }

  /// Bytes between here and the end of the file.
  var left: Int { end - offset }

  /// Takes one little-endian integer.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type,
    _ item: @autoclosure () -> String
  ) throws(FileError) -> T {
    let start = try skip(UInt64(MemoryLayout<T>.size), item())
    return T(littleEndian: unsafe base.loadUnaligned(fromByteOffset: start, as: T.self))
  }

  /// Moves past `count` bytes and gives the offset of the first.
  @discardableResult
  mutating func skip(
    _ count: UInt64,
    _ item: @autoclosure () -> String
  ) throws(FileError) -> Int {
    guard count <= UInt64(left) else {
      throw .truncated(file: file.path, item: item(), offset: offset, needed: count, left: left)
    }
    let start = offset
    offset += Int(count)
    return start
  }

  /// Takes a length and moves past as many bytes; gives their range in the file.
  mutating func lengthPrefixed(
    limit: Int? = nil,
    _ item: @autoclosure () -> String
  ) throws(FileError) -> Range<Int> {
    let lengthOffset = offset
    let length = try integer(UInt64.self, item())
    if let limit, length > UInt64(limit) {
      throw .overLimit(
        file: file.path,
        item: "the length of \(item())",
        offset: lengthOffset,
        limit: limit,
        found: length
      )
    }
    let start = try skip(length, item())
    return start..<offset
  }

  /// Moves past `count` strings, each a length and that many bytes.
  ///
  /// A vocabulary has hundreds of thousands of them, and opening a file walks over each: the loop
  /// keeps its state in registers and leaves errors to `lengthPrefixed`.
  mutating func skipStrings(
    _ count: Int,
    _ item: @autoclosure () -> String
  ) throws(FileError) {
    var position = offset
    var remaining = count
    while remaining > 0, end - position >= 8 {
      let length = UInt64(
        littleEndian: unsafe base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      )
      guard length <= UInt64(end - position - 8) else { break }
      position += 8 + Int(length)
      remaining -= 1
    }
    offset = position
    // Reached with strings left only before one that does not fit, which this reports.
    for _ in 0..<remaining { _ = try lengthPrefixed(item()) }
  }

  /// Takes a length and that many bytes of UTF-8, which must be valid.
  mutating func string(
    limit: Int,
    _ item: @autoclosure () -> String
  ) throws(FileError) -> String {
    let range = try lengthPrefixed(limit: limit, item())
    let bytes = unsafe UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    guard let string = unsafe String(validating: bytes, as: UTF8.self) else {
      throw .invalid(
        file: file.path,
        item: item(),
        offset: range.lowerBound,
        expected: "UTF-8 text",
        found: "other bytes"
      )
    }
    return string
  }

  /// Takes a length and appends that many bytes to `bytes`.
  mutating func appendLengthPrefixed(
    to bytes: inout [UInt8],
    _ item: @autoclosure () -> String
  ) throws(FileError) {
    let range = try lengthPrefixed(item())
    unsafe bytes.append(
      contentsOf: UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    )
  }

  /// Takes `count` bytes as a copy.
  mutating func bytes(
    _ count: Int,
    _ item: @autoclosure () -> String
  ) throws(FileError) -> [UInt8] {
    let start = try skip(UInt64(count), item())
    return unsafe [UInt8](UnsafeRawBufferPointer(start: base + start, count: count))
  }
}
