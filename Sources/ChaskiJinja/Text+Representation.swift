// Owns: Python's `repr` of a string, and JSON's.

extension Text {
  /// The string as Python's `repr` writes it, marks kept.
  var representation: Text {
    var hasSingle = false
    var hasDouble = false
    for unit in units {
      hasSingle = hasSingle || unit & Self.scalarMask == 0x27
      hasDouble = hasDouble || unit & Self.scalarMask == 0x22
    }
    let quote: UInt32 = hasSingle && !hasDouble ? 0x22 : 0x27
    var result = Text()
    result.units.reserveCapacity(count + 2)
    result.units.append(quote)
    for unit in units {
      let scalar = unit & Self.scalarMask
      let marks = unit & ~Self.scalarMask
      switch scalar {
      case quote, 0x5C: result.units += [0x5C | marks, unit]
      case 0x0A: result.append(escape: "\\n", marks)
      case 0x0D: result.append(escape: "\\r", marks)
      case 0x09: result.append(escape: "\\t", marks)
      default:
        if CodePoint.isPrintable(unit) {
          result.units.append(unit)
        } else if scalar < 0x100 {
          result.append(escape: "\\x" + Self.hexadecimal(scalar, digits: 2), marks)
        } else if scalar < 0x10000 {
          result.append(escape: "\\u" + Self.hexadecimal(scalar, digits: 4), marks)
        } else {
          result.append(escape: "\\U" + Self.hexadecimal(scalar, digits: 8), marks)
        }
      }
    }
    result.units.append(quote)
    return result
  }

  /// Appends `text` as a JSON string, marks kept.
  mutating func append(json text: Text, isASCII: Bool) {
    units.append(0x22)
    for unit in text.units {
      let scalar = unit & Self.scalarMask
      let marks = unit & ~Self.scalarMask
      switch scalar {
      case 0x22, 0x5C: units += [0x5C | marks, unit]
      case 0x0A: append(escape: "\\n", marks)
      case 0x0D: append(escape: "\\r", marks)
      case 0x09: append(escape: "\\t", marks)
      case 0x08: append(escape: "\\b", marks)
      case 0x0C: append(escape: "\\f", marks)
      case 0..<0x20: append(escape: "\\u" + Self.hexadecimal(scalar, digits: 4), marks)
      case 0x7F... where isASCII: append(asciiEscape: scalar, marks)
      default: units.append(unit)
      }
    }
    units.append(0x22)
  }

  private mutating func append(asciiEscape scalar: UInt32, _ marks: UInt32) {
    if scalar < 0x10000 {
      append(escape: "\\u" + Self.hexadecimal(scalar, digits: 4), marks)
    } else {
      let offset = scalar - 0x10000
      let high = Self.hexadecimal(0xD800 + offset >> 10, digits: 4)
      let low = Self.hexadecimal(0xDC00 + offset & 0x3FF, digits: 4)
      append(escape: "\\u\(high)\\u\(low)", marks)
    }
  }

  private mutating func append(escape: String, _ marks: UInt32) {
    for byte in escape.utf8 { units.append(UInt32(byte) | marks) }
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
