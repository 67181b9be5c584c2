// Owns: the wire format of protocol buffers, read safely. Not any message.

/// Reads the fields of one protocol buffer message.
///
/// Source: https://protobuf.dev/programming-guides/encoding/. Groups, which nobody writes, are refused.
struct ProtobufReader {
  /// What a field holds.
  enum Value {
    case number(UInt64)
    case fixed32(UInt32)
    case fixed64
    case bytes(Range<Int>)
  }

  private let bytes: [UInt8]
  private var at: Int
  private let end: Int

  /// A reader of `range`, which must lie in `bytes`.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    at = range.lowerBound
    end = range.upperBound
  }

  /// The next field, or nil at the end.
  ///
  /// - Throws: `malformedProtobuf` for anything cut short or unknown.
  mutating func next() throws(TokenizerError) -> (field: Int, value: Value)? {
    guard at < end else { return nil }
    let key = try number()
    let field = Int(truncatingIfNeeded: key >> 3)
    guard field > 0, key >> 3 < 1 << 29 else { throw broken("a field without a number") }
    switch key & 7 {
    case 0: return (field, .number(try number()))
    case 1:
      _ = try take(8)
      return (field, .fixed64)
    case 2:
      let length = try number()
      guard length <= UInt64(end - at) else { throw broken("a field longer than the message") }
      return (field, .bytes(try take(Int(length))))
    case 5:
      let range = try take(4)
      var value: UInt32 = 0
      for index in range.reversed() { value = value << 8 | UInt32(bytes[index]) }
      return (field, .fixed32(value))
    default: throw broken("an unknown wire type")
    }
  }

  private mutating func number() throws(TokenizerError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while at < end, shift < 64 {
      let byte = bytes[at]
      at += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw broken("a number without an end")
  }

  private mutating func take(_ count: Int) throws(TokenizerError) -> Range<Int> {
    guard count <= end - at else { throw broken("a field longer than the message") }
    at += count
    return at - count..<at
  }

  private func broken(_ reason: String) -> TokenizerError {
    .malformedProtobuf(offset: at, reason: reason)
  }
}
