// Owns: GPT-2's spelling of bytes as printable characters. Not the vocabularies written in it.

/// GPT-2's alphabet: every byte as one printable character, so that vocabularies can be text.
///
/// Printable Latin-1 bytes stand for themselves; the others, in order, are U+0100 and up.
/// Source: `bytes_to_unicode` in https://github.com/openai/gpt-2/blob/master/src/encoder.py.
enum ByteLevelAlphabet {
  /// The byte that each character below U+0144 stands for, or -1.
  static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    var next = 0x100
    for byte in 0..<256 {
      if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
        table[byte] = Int16(byte)
      } else {
        table[next] = Int16(byte)
        next += 1
      }
    }
    return table
  }()

  /// The character of each byte, in UTF-8. [256]
  static let characters: [[UInt8]] = {
    var table = [[UInt8]](repeating: [], count: 256)
    for (code, byte) in bytes.enumerated() where byte >= 0 {
      if let scalar = UnicodeScalar(UInt32(code)) { table[Int(byte)] = Array(String(scalar).utf8) }
    }
    return table
  }()

  /// Adds the bytes that `start..<end` spells to `output`.
  ///
  /// - Returns: false, and adds nothing, where a character is not of the alphabet.
  static func append(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ bytes: Span<Int16>,
    to output: inout [UInt8]
  ) -> Bool {
    let count = output.count
    var at = start
    while at < end {
      let scalar = UTF8Scalar(text, at: at, end: end)
      guard scalar.code < 0x144, bytes[Int(scalar.code)] >= 0 else {
        output.removeSubrange(count...)
        return false
      }
      output.append(UInt8(truncatingIfNeeded: bytes[Int(scalar.code)]))
      at += scalar.count
    }
    return true
  }
}
