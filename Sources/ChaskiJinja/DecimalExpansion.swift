// Owns: the exact decimal digits of a double, for formatting with a precision and for rounding.

/// The exact decimal value of a finite double, at least zero.
///
/// A double is an integer times a power of two, so its decimal expansion ends; working on all of
/// its digits makes rounding half to even exact, as Python's is.
struct DecimalExpansion {
  /// The digits, most significant first, without leading zeros except for zero itself.
  private(set) var digits: [UInt8]
  /// How many of the digits stand before the decimal point; may be negative or past the end.
  private(set) var pointIndex: Int

  init(_ value: Double) {
    guard value != 0 else {
      digits = [0]
      pointIndex = 1
      return
    }
    // value = significand * 2^exponent, with an integer significand.
    let significand = UInt64(value.significandBitPattern)
    let isNormal = value.exponentBitPattern != 0
    let integer = isNormal ? significand | 1 << 52 : significand
    let exponent = max(Int(value.exponentBitPattern), 1) - 1075
    var limbs = Self.limbs(integer)
    // m / 2^k is m * 5^k / 10^k.
    for _ in 0..<exponent.magnitude { Self.multiply(&limbs, by: exponent < 0 ? 5 : 2) }
    digits = Self.digits(limbs)
    pointIndex = digits.count - (exponent < 0 ? -exponent : 0)
  }

  private static let base: UInt64 = 1_000_000_000

  private static func limbs(_ integer: UInt64) -> [UInt64] {
    [integer % base, integer / base % base, integer / base / base]
  }

  private static func multiply(_ limbs: inout [UInt64], by factor: UInt64) {
    var carry: UInt64 = 0
    for index in limbs.indices {
      let product = limbs[index] * factor + carry
      limbs[index] = product % base
      carry = product / base
    }
    if carry > 0 { limbs.append(carry) }
  }

  private static func digits(_ limbs: [UInt64]) -> [UInt8] {
    var digits: [UInt8] = []
    for limb in limbs.reversed() {
      var divisor = base / 10
      while divisor > 0 {
        let digit = UInt8(limb / divisor % 10)
        if digit != 0 || !digits.isEmpty { digits.append(digit) }
        divisor /= 10
      }
    }
    return digits
  }

  /// Keeps `count` digits, rounding half to even; negative counts leave zero.
  private mutating func round(toDigits count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      digits = [0]
      pointIndex = 1
      return
    }
    let first = digits[count]
    let isOddBefore = count > 0 && digits[count - 1] % 2 == 1
    let hasMore = digits[(count + 1)...].contains { $0 != 0 }
    let roundsUp = first > 5 || (first == 5 && (hasMore || isOddBefore))
    digits.removeLast(digits.count - count)
    guard roundsUp else {
      if digits.isEmpty {
        digits = [0]
        pointIndex = 1
      }
      return
    }
    var index = count - 1
    while index >= 0, digits[index] == 9 {
      digits[index] = 0
      index -= 1
    }
    if index >= 0 {
      digits[index] += 1
    } else {
      digits.insert(1, at: 0)
      pointIndex += 1
    }
  }

  private func digit(_ index: Int) -> Character {
    Character(Unicode.Scalar(0x30 + (digits.indices.contains(index) ? digits[index] : 0)))
  }

  /// The value with `precision` digits after the point, as `%f` writes it.
  func fixed(_ precision: Int) -> String {
    var copy = self
    copy.round(toDigits: pointIndex + precision)
    var text = ""
    if copy.pointIndex <= 0 { text = "0" }
    for index in 0..<max(0, copy.pointIndex) { text.append(copy.digit(index)) }
    if precision > 0 { text.append(".") }
    for index in 0..<max(0, precision) { text.append(copy.digit(copy.pointIndex + index)) }
    return text
  }

  /// The value with one digit before the point and `precision` after it, as `%e` writes it.
  func scientific(_ precision: Int) -> String {
    let (mantissa, exponent) = significant(precision + 1)
    var text = String(mantissa.prefix(1))
    if precision > 0 { text += "." + mantissa.dropFirst() }
    return text + Self.exponent(exponent)
  }

  private static func exponent(_ exponent: Int) -> String {
    let size = String(exponent.magnitude)
    return "e" + (exponent < 0 ? "-" : "+") + (size.count < 2 ? "0" + size : size)
  }

  /// Exactly `count` significant digits and the decimal exponent of the first.
  private func significant(_ count: Int) -> (digits: String, exponent: Int) {
    var copy = self
    copy.round(toDigits: count)
    var text = ""
    for index in 0..<count { text.append(copy.digit(index)) }
    return (text, digits == [0] ? 0 : copy.pointIndex - 1)
  }

  /// The value with `precision` significant digits, as `%g` writes it.
  func general(_ precision: Int, keepsZeros: Bool) -> String {
    let count = max(1, precision)
    let exponent = significant(count).exponent
    let isScientific = exponent < -4 || exponent >= count
    var text = isScientific ? scientific(count - 1) : fixed(count - 1 - exponent)
    guard !keepsZeros else { return text }
    let tail = isScientific ? Self.exponent(exponent) : ""
    text.removeLast(tail.count)
    if text.contains(".") {
      while text.last == "0" { text.removeLast() }
      if text.last == "." { text.removeLast() }
    }
    return text + tail
  }
}
