// Owns: reading JSON out of bytes that may be hostile. Not the tree.

/// Reads one JSON text.
///
/// Depth is bounded; every other cost is linear in the text.
struct JSONReader {
  private let text: [UInt8]
  private var at = 0
  private static let depthLimit = 64

  private init(_ text: [UInt8]) { self.text = text }

  /// The value of `text`.
  ///
  /// - Throws: `malformedJSON` with the place.
  static func read(_ text: [UInt8]) throws(TokenizerError) -> JSONValue {
    var reader = JSONReader(text)
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { reader.at = 3 }
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.at == text.count else { throw reader.broken("something after the end") }
    return value
  }

  private mutating func value(depth: Int) throws(TokenizerError) -> JSONValue {
    guard depth < Self.depthLimit else { throw broken("too deep") }
    skipSpace()
    guard at < text.count else { throw broken("a value is missing") }
    switch text[at] {
    case 0x7B: return try object(depth)
    case 0x5B: return try array(depth)
    case 0x22: return .string(try string())
    case 0x74: return try word("true", .bool(true))
    case 0x66: return try word("false", .bool(false))
    case 0x6E: return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(_ depth: Int) throws(TokenizerError) -> JSONValue {
    at += 1
    var members: [(name: [UInt8], value: JSONValue)] = []
    if take(0x7D) { return .object(members) }
    repeat {
      skipSpace()
      guard at < text.count, text[at] == 0x22 else { throw broken("a name is missing") }
      let name = try string()
      guard take(0x3A) else { throw broken("a colon is missing") }
      members.append((name, try value(depth: depth + 1)))
    } while take(0x2C)
    guard take(0x7D) else { throw broken("an object does not end") }
    return .object(members)
  }

  private mutating func array(_ depth: Int) throws(TokenizerError) -> JSONValue {
    at += 1
    var values: [JSONValue] = []
    if take(0x5D) { return .array(values) }
    repeat { values.append(try value(depth: depth + 1)) } while take(0x2C)
    guard take(0x5D) else { throw broken("an array does not end") }
    return .array(values)
  }

  private mutating func string() throws(TokenizerError) -> [UInt8] {
    at += 1
    let start = at
    while at < text.count, text[at] != 0x22, text[at] != 0x5C, text[at] >= 0x20 { at += 1 }
    var bytes = Array(text[start..<at])
    while at < text.count {
      let byte = text[at]
      at += 1
      switch byte {
      case 0x22: return bytes
      case 0x5C: try escape(&bytes)
      case 0..<0x20: throw broken("a control character in a string")
      default: bytes.append(byte)
      }
    }
    throw broken("a string does not end")
  }

  private mutating func escape(_ bytes: inout [UInt8]) throws(TokenizerError) {
    guard at < text.count else { throw broken("a string does not end") }
    let byte = text[at]
    at += 1
    switch byte {
    case 0x22, 0x5C, 0x2F: bytes.append(byte)
    case 0x62: bytes.append(0x08)
    case 0x66: bytes.append(0x0C)
    case 0x6E: bytes.append(0x0A)
    case 0x72: bytes.append(0x0D)
    case 0x74: bytes.append(0x09)
    case 0x75: UTF8Scalar.append(try codePoint(), to: &bytes)
    default: throw broken("an unknown escape")
    }
  }

  /// The code point of an escape, or of two that are a surrogate pair; U+FFFD for a lone surrogate.
  private mutating func codePoint() throws(TokenizerError) -> UInt32 {
    let first = try hexadecimal()
    guard (0xD800...0xDFFF).contains(first) else { return first }
    guard first < 0xDC00, at + 1 < text.count, text[at] == 0x5C, text[at + 1] == 0x75 else {
      return 0xFFFD
    }
    let back = at
    at += 2
    let second = try hexadecimal()
    guard (0xDC00...0xDFFF).contains(second) else {
      at = back
      return 0xFFFD
    }
    return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
  }

  private mutating func hexadecimal() throws(TokenizerError) -> UInt32 {
    guard text.count - at >= 4 else { throw broken("an escape is cut short") }
    var value: UInt32 = 0
    for digit in text[at..<at + 4] {
      switch digit {
      case 0x30...0x39: value = value << 4 | UInt32(digit - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(digit - 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(digit - 0x57)
      default: throw broken("an escape is not hexadecimal")
      }
    }
    at += 4
    return value
  }

  private mutating func number() throws(TokenizerError) -> JSONValue {
    let start = at
    while at < text.count, Self.isNumeric(text[at]) { at += 1 }
    let digits = text[start..<at]
    if digits.count < 18, let value = Int(String(decoding: digits, as: UTF8.self)) {
      return .integer(value)
    }
    guard let value = Double(String(decoding: digits, as: UTF8.self)) else {
      throw broken("not a value")
    }
    return .number(value)
  }

  private mutating func word(
    _ name: String,
    _ value: JSONValue
  ) throws(TokenizerError) -> JSONValue {
    guard text[at...].starts(with: name.utf8) else { throw broken("not a value") }
    at += name.utf8.count
    return value
  }

  /// Whether `byte` comes next, and if so, passes it.
  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard at < text.count, text[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func skipSpace() {
    while at < text.count, Self.isSpace(text[at]) { at += 1 }
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
    default: false
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  private func broken(_ reason: String) -> TokenizerError {
    .malformedJSON(offset: at, reason: reason)
  }
}
