// Owns: reading one code point out of bytes that may not be UTF-8. Not what the code point means.

/// One code point of a text, or one byte that is not part of any.
struct UTF8Scalar {
  /// The code point; `invalid` for a stray byte.
  var code: UInt32
  /// How many bytes it takes; 1 for a stray byte.
  var count: Int

  /// What stands for a byte that is not UTF-8.
  ///
  /// Not a code point, so that no table or pattern knows it.
  static let invalid: UInt32 = 0xFFFF_FFFF

  /// The code point at `start`, which must be below `end`.
  @inline(__always)
  init(_ text: Span<UInt8>, at start: Int, end: Int) {
    let lead = text[start]
    if lead < 0x80 {
      code = UInt32(lead)
      count = 1
    } else {
      self = Self.long(text, start, end)
    }
  }

  private init(code: UInt32, count: Int) {
    self.code = code
    self.count = count
  }

  private static func long(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> UTF8Scalar {
    let length = declaredLength(text[start])
    guard length > 1, start + length <= end else { return UTF8Scalar(code: invalid, count: 1) }
    var code = UInt32(text[start]) & (0x7F >> UInt32(length))
    for offset in 1..<length {
      let byte = text[start + offset]
      guard byte & 0xC0 == 0x80, offset > 1 || secondRange(text[start]).contains(byte) else {
        return UTF8Scalar(code: invalid, count: 1)
      }
      code = code << 6 | UInt32(byte & 0x3F)
    }
    return UTF8Scalar(code: code, count: length)
  }

  /// How many bytes a character takes that begins with `lead`; 0 where none does.
  static func declaredLength(_ lead: UInt8) -> Int {
    switch lead {
    case 0..<0x80: 1
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 0
    }
  }

  /// Whether no UTF-8 text contains `byte`.
  static func isNeverUTF8(_ byte: UInt8) -> Bool { byte == 0xC0 || byte == 0xC1 || byte >= 0xF5 }

  /// What may follow `lead`: narrower than other bytes, against overlong forms and surrogates.
  static func secondRange(_ lead: UInt8) -> ClosedRange<UInt8> {
    switch lead {
    case 0xE0: 0xA0...0xBF
    case 0xED: 0x80...0x9F
    case 0xF0: 0x90...0xBF
    case 0xF4: 0x80...0x8F
    default: 0x80...0xBF
    }
  }

  /// Whether `start..<end` begins a character that bytes still to come could complete.
  static func isIncomplete(_ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
    guard declaredLength(text[start]) > end - start else { return false }
    for offset in start + 1..<max(end, start + 1) {
      let range = offset == start + 1 ? secondRange(text[start]) : 0x80...0xBF
      guard range.contains(text[offset]) else { return false }
    }
    return true
  }

  /// Adds the UTF-8 form of `code` to `bytes`.
  static func append(_ code: UInt32, to bytes: inout [UInt8]) {
    switch code {
    case 0..<0x80: bytes.append(UInt8(code))
    case 0x80..<0x800:
      bytes.append(UInt8(0xC0 | code >> 6))
      bytes.append(UInt8(0x80 | code & 0x3F))
    case 0x800..<0x10000:
      bytes.append(UInt8(0xE0 | code >> 12))
      bytes.append(UInt8(0x80 | code >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | code & 0x3F))
    default:
      bytes.append(UInt8(truncatingIfNeeded: 0xF0 | code >> 18))
      bytes.append(UInt8(0x80 | code >> 12 & 0x3F))
      bytes.append(UInt8(0x80 | code >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | code & 0x3F))
    }
  }
}
