// Owns: base64, as rank files use it. Nothing else.

/// Base64 (RFC 4648, section 4).
enum Base64 {
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, digit) in digits.utf8.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  /// `bytes` in base64.
  static func text(of bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var bits = 0
      for offset in 0..<3 { bits = bits << 8 | (offset < count ? Int(bytes[start + offset]) : 0) }
      for digit in 0..<4 {
        text.append(digit <= count ? digits[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Adds the bytes of `text` to `output`; false where it is not base64.
  static func append(_ text: ArraySlice<UInt8>, to output: inout StringTable) -> Bool {
    var body = text
    while body.last == 0x3D, text.count - body.count < 2 { body.removeLast() }
    guard text.count % 4 == 0, body.count % 4 != 1 else { return false }
    var bits: UInt32 = 0
    var count = 0
    for digit in body {
      let value = values[Int(digit)]
      guard value < 64 else { return false }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        output.append(byte: UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return true
  }
}
