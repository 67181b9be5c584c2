// Owns: laying a value out in a field of a width, for `%` and for `str.format`.
// Source: the Python library reference, "printf-style String Formatting" and "Format
// Specification Mini-Language".

/// How a value is laid out in its field.
struct FieldFormat {
  /// Where a value stands in its field.
  enum Alignment {
    case left, right, center
    /// Filling goes between the sign and the digits.
    case afterSign
  }

  var fill: UInt32 = 0x20
  var alignment: Alignment?
  /// What stands before a number that is not negative: nothing, `+` or a blank.
  var sign = ""
  var isAlternate = false
  var width = 0
  var grouping: Character?
  var precision: Int?
  /// The conversion's letter; nil if the format gives none.
  var type: Character?

  /// `text` filled up to the width.
  func padded(_ text: Text, default alignment: Alignment) -> Text {
    let missing = width - text.count
    guard missing > 0 else { return text }
    var result = Text()
    switch self.alignment ?? alignment {
    case .left:
      result = text
      result.append(marked: fill, count: missing)
    case .right, .afterSign:
      result.append(marked: fill, count: missing)
      result.append(text)
    case .center:
      result.append(marked: fill, count: missing / 2)
      result.append(text)
      result.append(marked: fill, count: missing - missing / 2)
    }
    return result
  }

  /// A number of `digits` with its sign and prefix, filled up to the width.
  func padded(isNegative: Bool, prefix: String = "", digits: String) -> Text {
    let lead = (isNegative ? "-" : sign) + prefix
    let grouped = grouping == nil ? digits : group(digits)
    guard alignment == .afterSign else {
      return padded(Text(lead + grouped), default: .right)
    }
    var result = Text(lead)
    let missing = width - result.count - grouped.count
    if missing > 0 { result.append(marked: fill, count: missing) }
    result.append(grouped)
    return result
  }

  // Separators between groups of digits before the point: three for decimals, four for others.
  private func group(_ digits: String) -> String {
    guard let grouping else { return digits }
    let size = ["b", "o", "x", "X"].contains(type) ? 4 : 3
    let end = digits.firstIndex { $0 == "." || $0 == "e" || $0 == "E" } ?? digits.endIndex
    let whole = Array(size == 4 ? digits[...] : digits[..<end])
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index) % size == 0 { result.append(grouping) }
      result.append(digit)
    }
    return result + (size == 4 ? "" : digits[end...])
  }

  /// An integer in the base that the type names, or nil if the type names none.
  func formatted(_ integer: Int) -> Text? {
    let radix: Int
    switch type {
    case nil, "d", "i", "u", "n": radix = 10
    case "b": radix = 2
    case "o": radix = 8
    case "x", "X": radix = 16
    default: return nil
    }
    var digits = String(integer.magnitude, radix: radix, uppercase: type == "X")
    if let precision, digits.count < precision {
      digits = String(repeating: "0", count: precision - digits.count) + digits
    }
    let prefix = isAlternate && radix != 10 ? "0" + String(type ?? "x") : ""
    return padded(isNegative: integer < 0, prefix: prefix, digits: digits)
  }

  /// A number in the style that the type names, or nil if the type names none.
  func formatted(_ number: Double) -> Text? {
    guard number.isFinite else {
      let name = number.isNaN ? "nan" : "inf"
      let isUpper = type?.isUppercase ?? false
      return padded(isNegative: number < 0, digits: isUpper ? name.uppercased() : name)
    }
    let expansion = DecimalExpansion(number.magnitude)
    var digits: String
    switch type {
    case "f", "F": digits = expansion.fixed(precision ?? 6)
    case "e", "E": digits = expansion.scientific(precision ?? 6)
    case "g", "G", "n": digits = expansion.general(precision ?? 6, keepsZeros: isAlternate)
    case "%": digits = DecimalExpansion(number.magnitude * 100).fixed(precision ?? 6) + "%"
    case nil:
      if let precision {
        digits = expansion.general(precision, keepsZeros: false)
        if !digits.contains(".") && !digits.contains("e") { digits += ".0" }
      } else {
        digits = PythonNumber.representation(number.magnitude)
      }
    default: return nil
    }
    if type == "E" || type == "G" { digits = digits.uppercased() }
    return padded(isNegative: number.sign == .minus, digits: digits)
  }
}
