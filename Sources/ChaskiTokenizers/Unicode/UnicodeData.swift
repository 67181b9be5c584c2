// Owns: how the generated tables are unpacked. Not their content.

/// The generated Unicode tables, packed as text.
enum UnicodeData {}

extension UnicodeData {
  /// Reads the numbers of a packed table: digits of 6 bits, 5 of them payload, the lowest first.
  struct Reader {
    private var digits: String.UTF8View.Iterator

    init(_ packed: String) { digits = packed.utf8.makeIterator() }

    /// The next number, or nil at the end.
    mutating func next() -> Int? {
      var value = 0
      var shift = 0
      while let digit = digits.next() {
        let bits = Self.value(digit)
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32 { return value }
      }
      return nil
    }

    private static func value(_ digit: UInt8) -> Int {
      switch digit {
      case 0x41...0x5A: Int(digit) - 0x41
      case 0x61...0x7A: Int(digit) - 0x61 + 26
      case 0x30...0x39: Int(digit) - 0x30 + 52
      case 0x2B: 62
      default: 63
      }
    }
  }
}
