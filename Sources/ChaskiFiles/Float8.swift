// Owns: what each byte of an eight-bit float means. Does not own: scales of blocks (ChaskiCheckpoints).

/// The eight-bit floats of checkpoints, as tables of the float32 that equals each byte.
///
/// Source: Micikevicius et al. 2022, https://arxiv.org/abs/2209.05433 (E4M3 without infinities, E5M2 as
/// IEEE 754 would have it); Noune et al. 2022, https://arxiv.org/abs/2206.02915 for the variants without
/// a negative zero (FNUZ), whose bias is one more and whose only NaN is 0x80.
enum Float8 {
  /// The 256 values of `type`, or nil if it is not an eight-bit float.
  static func table(of type: SafetensorsType) -> [Float]? {
    switch type {
    case .f8_E4M3: e4m3
    case .f8_E5M2: e5m2
    case .f8_E4M3FNUZ: e4m3FNUZ
    case .f8_E5M2FNUZ: e5m2FNUZ
    default: nil
    }
  }

  private static let e4m3 = (0..<256).map { byte in
    byte & 0x7F == 0x7F ? nan(byte) : value(byte, fractionBits: 3, bias: 7)
  }
  private static let e5m2 = (0..<256).map { byte -> Float in
    guard byte & 0x7C == 0x7C else { return value(byte, fractionBits: 2, bias: 15) }
    guard byte & 3 == 0 else { return nan(byte) }
    return byte & 0x80 == 0 ? .infinity : -.infinity
  }
  private static let e4m3FNUZ = (0..<256).map { byte in
    byte == 0x80 ? Float.nan : value(byte, fractionBits: 3, bias: 8)
  }
  private static let e5m2FNUZ = (0..<256).map { byte in
    byte == 0x80 ? Float.nan : value(byte, fractionBits: 2, bias: 16)
  }

  private static func nan(_ byte: Int) -> Float { byte & 0x80 == 0 ? .nan : -.nan }

  private static func value(_ byte: Int, fractionBits: Int, bias: Int) -> Float {
    let exponent = (byte & 0x7F) >> fractionBits
    let fraction = byte & (1 << fractionBits - 1)
    // Numbers without an exponent have no implied leading one.
    let significand = exponent == 0 ? fraction : fraction | 1 << fractionBits
    let magnitude = Float(
      sign: .plus,
      exponent: max(exponent, 1) - bias - fractionBits,
      significand: Float(significand)
    )
    return byte & 0x80 == 0 ? magnitude : -magnitude
  }
}
