// Owns: exponential and logarithm that give the same bits on every platform.

/// The exponential and the logarithm, in IEEE arithmetic of one fixed order.
///
/// A C library may answer differently by a last bit on another processor or version, and one bit
/// can turn a draw. These use only add, subtract, multiply and divide, never fused, so a seed
/// gives the same text everywhere. Within 2 units in the last place of the true value.
package enum Elementary {
  // ln 2 in two parts; the first has trailing zeros, so that a small integer times it is exact.
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33
  // Adding this rounds a small number to an integer, which is then in the low bits.
  private static let roundingShift = 0x1.8p52

  /// e to the power `x`; results below the least normal number become 0.
  package static func exp(_ x: Double) -> Double {
    guard x < 709 else { return x.isNaN ? x : .infinity }
    guard x > -708 else { return x.isNaN ? x : 0 }
    let shifted = x * 0x1.71547652b82fep0 + roundingShift
    let k = shifted - roundingShift
    let r = (x - k * ln2High) - k * ln2Low
    // The Taylor series: |r| <= ln 2 / 2, so the terms after r^13 are below 5e-18.
    var sum = 1.0 / 6_227_020_800 * r + 1.0 / 479_001_600
    sum = sum * r + 1.0 / 39_916_800
    sum = sum * r + 1.0 / 3_628_800
    sum = sum * r + 1.0 / 362_880
    sum = sum * r + 1.0 / 40320
    sum = sum * r + 1.0 / 5040
    sum = sum * r + 1.0 / 720
    sum = sum * r + 1.0 / 120
    sum = sum * r + 1.0 / 24
    sum = sum * r + 1.0 / 6
    sum = sum * r + 0.5
    sum = (sum * r) * r + r + 1
    let exponent = UInt64(truncatingIfNeeded: Int64(bitPattern: shifted.bitPattern) &+ 1023)
    return sum * Double(bitPattern: exponent << 52)
  }

  /// The natural logarithm of `x`, which is minus infinity for 0 and NaN below.
  package static func log(_ x: Double) -> Double {
    guard x > 0 else { return x == 0 ? -.infinity : .nan }
    guard x < .infinity else { return .infinity }
    guard x >= .leastNormalMagnitude else { return log(x * 0x1p54) - 54 * 0x1.62e42fefa39efp-1 }
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 0x1.6a09e667f3bcdp0 {
      mantissa *= 0.5
      exponent += 1
    }
    // log m = 2 artanh s for s = (m - 1) / (m + 1), |s| < 0.1716: 12 terms reach 1e-19.
    let s = (mantissa - 1) / (mantissa + 1)
    let z = s * s
    var sum = 1.0 / 23 * z + 1.0 / 21
    sum = sum * z + 1.0 / 19
    sum = sum * z + 1.0 / 17
    sum = sum * z + 1.0 / 15
    sum = sum * z + 1.0 / 13
    sum = sum * z + 1.0 / 11
    sum = sum * z + 1.0 / 9
    sum = sum * z + 1.0 / 7
    sum = sum * z + 1.0 / 5
    sum = sum * z + 1.0 / 3
    let tail = 2 * s * (sum * z)
    return exponent * ln2High + (2 * s + (tail + exponent * ln2Low))
  }

  /// `x` to the power `y`, for `x` from 0 up and `y` from 0 up, except 0 to the power 0.
  package static func power(_ x: Double, _ y: Double) -> Double { x == 0 ? 0 : exp(y * log(x)) }
}
