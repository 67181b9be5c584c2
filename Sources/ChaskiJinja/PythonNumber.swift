// Owns: Python's printing and parsing of numbers.

import Foundation

/// Numbers as Python writes and reads them.
enum PythonNumber {
  /// The shortest decimal that reads back as `value`, laid out as `repr` does.
  static func representation(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let (digits, exponent) = shortest(value.magnitude)
    let sign = value.sign == .minus ? "-" : ""
    // Python writes an exponent below 1e-4 and from 1e16 on.
    guard exponent >= -4, exponent < 16 else {
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let size = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(size)"
    }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    if digits.count <= exponent + 1 {
      return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count) + ".0"
    }
    return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
  }

  // The significant digits and the decimal exponent of the first of them.
  private static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
    var digits: [Character] = []
    var exponent = 0
    var point: Int?
    var rest = value.description[...]
    while let character = rest.popFirst() {
      if character == "." {
        point = digits.count
      } else if character == "e" {
        exponent = Int(rest) ?? 0
        break
      } else {
        digits.append(character)
      }
    }
    exponent += (point ?? digits.count) - 1
    while digits.count > 1, digits.first == "0" {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    if digits == ["0"] { exponent = 0 }
    return (String(digits), exponent)
  }

  /// What `int(text, base)` reads, or nil if it is not an integer of 64 bits.
  static func integer(_ text: Text, base: Int = 10) -> Int? {
    var scalars = ascii(text)
    var isNegative = false
    if let sign = scalars.first, sign == "-" || sign == "+" {
      isNegative = sign == "-"
      scalars.removeFirst()
    }
    var base = base
    if scalars.count > 2, scalars[0] == "0",
      let prefix = ["b": 2, "o": 8, "x": 16][scalars[1].lowercased()], base == prefix || base == 0
    {
      scalars.removeFirst(2)
      if scalars.first == "_" { scalars.removeFirst() }
      base = prefix
    } else if base == 0 {
      base = 10
      // A leading zero would be ambiguous.
      if scalars.first == "0", scalars.contains(where: { $0 != "0" && $0 != "_" }) { return nil }
    }
    guard (2...36).contains(base), let digits = withoutSeparators(scalars) else { return nil }
    guard digits.first?.isASCII == true, digits.first != "-", digits.first != "+" else {
      return nil
    }
    return Int((isNegative ? "-" : "") + digits, radix: base)
  }

  /// What `float(text)` reads, or nil.
  static func double(_ text: Text) -> Double? {
    guard let digits = withoutSeparators(ascii(text)), !digits.isEmpty else { return nil }
    let body = digits.drop { $0 == "+" || $0 == "-" }.lowercased()
    if ["inf", "infinity", "nan"].contains(body), digits.count - body.count <= 1 {
      return Double(digits.lowercased())
    }
    // Swift also reads hexadecimal, which Python's float does not.
    guard body.allSatisfy({ $0.isNumber || ".e+-".contains($0) }) else { return nil }
    if body.hasSuffix("."), let value = Double(digits.dropLast()) { return value }
    if let value = Double(digits) { return value }
    let dotted = digits.replacing(".e", with: "e")
    return body.hasPrefix(".") ? Double(digits.replacing(".", with: "0.")) : Double(dotted)
  }

  // The text without blanks around it, with decimal digits of any script made ASCII.
  private static func ascii(_ text: Text) -> [Character] {
    var characters: [Character] = []
    for unit in text.stripped().units {
      let scalar = Text.unicodeScalar(unit)
      if scalar.value > 0x7F, CodePoint.isDecimal(unit),
        let value = scalar.properties.numericValue
      {
        characters.append(Character(String(Int(value))))
      } else {
        characters.append(Character(scalar))
      }
    }
    return characters
  }

  // Digits may be parted by single underscores.
  private static func withoutSeparators(_ characters: [Character]) -> String? {
    var result = ""
    for (index, character) in characters.enumerated() {
      guard character == "_" else {
        result.append(character)
        continue
      }
      guard index > 0, index + 1 < characters.count,
        characters[index - 1].isNumber || characters[index - 1].isLetter,
        characters[index + 1].isNumber || characters[index + 1].isLetter
      else { return nil }
    }
    return result
  }
}
