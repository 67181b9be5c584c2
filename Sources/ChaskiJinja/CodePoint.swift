// Owns: Python's classes of code points. Source: the documentation of Python's `str` methods and
// the Unicode properties that they name.

/// Questions about one code point, marks ignored.
enum CodePoint {
  private static func properties(_ unit: UInt32) -> Unicode.Scalar.Properties {
    Text.unicodeScalar(unit).properties
  }

  /// What `str.isspace` and `\s` accept.
  static func isSpace(_ unit: UInt32) -> Bool {
    switch unit & Text.scalarMask {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default: false
    }
  }

  /// What `str.splitlines` splits at.
  static func isLineBreak(_ unit: UInt32) -> Bool {
    switch unit & Text.scalarMask {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  static func isAlpha(_ unit: UInt32) -> Bool {
    let value = unit & Text.scalarMask
    // Looking up properties takes tens of nanoseconds; most text is ASCII.
    if value < 0x80 { return (0x61...0x7A).contains(value | 0x20) }
    switch properties(unit).generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return true
    default: return false
    }
  }

  static func isDecimal(_ unit: UInt32) -> Bool {
    let value = unit & Text.scalarMask
    if value < 0x80 { return (0x30...0x39).contains(value) }
    return properties(unit).generalCategory == .decimalNumber
  }

  static func isDigit(_ unit: UInt32) -> Bool {
    if unit & Text.scalarMask < 0x80 { return isDecimal(unit) }
    let type = properties(unit).numericType
    return type == .decimal || type == .digit
  }

  static func isNumeric(_ unit: UInt32) -> Bool {
    if unit & Text.scalarMask < 0x80 { return isDecimal(unit) }
    return properties(unit).numericType != nil
  }

  static func isAlphanumeric(_ unit: UInt32) -> Bool { isAlpha(unit) || isNumeric(unit) }

  /// What `\w` accepts.
  static func isWord(_ unit: UInt32) -> Bool {
    unit & Text.scalarMask == 0x5F || isAlphanumeric(unit)
  }

  static func isUpper(_ unit: UInt32) -> Bool {
    let value = unit & Text.scalarMask
    return value < 0x80 ? (0x41...0x5A).contains(value) : properties(unit).isUppercase
  }

  static func isLower(_ unit: UInt32) -> Bool {
    let value = unit & Text.scalarMask
    return value < 0x80 ? (0x61...0x7A).contains(value) : properties(unit).isLowercase
  }

  static func isTitle(_ unit: UInt32) -> Bool {
    unit & Text.scalarMask >= 0x80 && properties(unit).generalCategory == .titlecaseLetter
  }

  static func isCased(_ unit: UInt32) -> Bool { isUpper(unit) || isLower(unit) || isTitle(unit) }

  static func isIdentifierStart(_ unit: UInt32) -> Bool {
    unit & Text.scalarMask == 0x5F || isAlpha(unit) || properties(unit).isXIDStart
  }

  static func isIdentifierContinue(_ unit: UInt32) -> Bool {
    if unit & Text.scalarMask < 0x80 { return isWord(unit) }
    return properties(unit).isXIDContinue
  }

  /// Whether `repr` prints it as itself.
  static func isPrintable(_ unit: UInt32) -> Bool {
    let value = unit & Text.scalarMask
    if value < 0x7F { return value >= 0x20 }
    guard Unicode.Scalar(value) != nil else { return false }
    switch properties(unit).generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }
}
