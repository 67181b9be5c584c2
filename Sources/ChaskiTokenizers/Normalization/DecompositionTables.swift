// Owns: decompositions, compositions and the order of marks, unpacked. Not the normalization forms.

/// The tables behind Unicode's normalization forms, unpacked at first use.
///
/// Hangul syllables are arithmetic: Unicode Standard, section 3.12.
struct DecompositionTables: Sendable {
  static let shared = DecompositionTables()

  private let orders: [UInt32: UInt8]
  private let canonical: [UInt32: [UInt32]]
  private let compatible: [UInt32: [UInt32]]
  private let pairs: [UInt64: UInt32]
  private let seconds: Set<UInt32>

  private init() {
    orders = Self.readOrders()
    canonical = Self.readMappings(UnicodeData.canonical)
    compatible = Self.readMappings(UnicodeData.compatible)
    var excluded: Set<UInt32> = []
    var code = 0
    var reader = UnicodeData.Reader(UnicodeData.exclusions)
    while let step = reader.next() {
      code += step
      excluded.insert(UInt32(truncatingIfNeeded: code))
    }
    var pairs: [UInt64: UInt32] = [:]
    var seconds: Set<UInt32> = []
    for (whole, parts) in canonical where parts.count == 2 && !excluded.contains(whole) {
      pairs[UInt64(parts[0]) << 32 | UInt64(parts[1])] = whole
      seconds.insert(parts[1])
    }
    self.pairs = pairs
    self.seconds = seconds
  }

  private static func readOrders() -> [UInt32: UInt8] {
    var orders: [UInt32: UInt8] = [:]
    var reader = UnicodeData.Reader(UnicodeData.combiningClasses)
    var start = 0
    while let length = reader.next(), let order = reader.next() {
      if order != 0 {
        for code in start..<start + length {
          orders[UInt32(truncatingIfNeeded: code)] = UInt8(truncatingIfNeeded: order)
        }
      }
      start += length
    }
    return orders
  }

  private static func readMappings(_ packed: String) -> [UInt32: [UInt32]] {
    var mappings: [UInt32: [UInt32]] = [:]
    var reader = UnicodeData.Reader(packed)
    var code = 0
    while let step = reader.next(), let count = reader.next() {
      code += step
      var parts: [UInt32] = []
      while parts.count < count, let part = reader.next() {
        parts.append(UInt32(truncatingIfNeeded: part))
      }
      mappings[UInt32(truncatingIfNeeded: code)] = parts
    }
    return mappings
  }

  /// The canonical combining class of `code`: 0 for what is not a mark.
  func order(_ code: UInt32) -> UInt8 { code < 0x300 ? 0 : orders[code] ?? 0 }

  /// Whether `code` may compose with the character before it.
  func mayCompose(_ code: UInt32) -> Bool {
    code >= 0x300 && (seconds.contains(code) || (0x1161...0x11C2).contains(code))
  }

  /// Calls `body` for each code point of the full decomposition of `code`.
  func decompose(_ code: UInt32, compatible isCompatible: Bool, _ body: (UInt32) -> Void) {
    if code < 0xA0 { return body(code) }
    if (0xAC00...0xD7A3).contains(code) {
      let index = code - 0xAC00
      body(0x1100 + index / 588)
      body(0x1161 + index % 588 / 28)
      if index % 28 != 0 { body(0x11A7 + index % 28) }
      return
    }
    guard let parts = canonical[code] ?? (isCompatible ? compatible[code] : nil) else {
      return body(code)
    }
    for part in parts { decompose(part, compatible: isCompatible, body) }
  }

  /// The character that two compose to.
  func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (0x1100...0x1112).contains(first), (0x1161...0x1175).contains(second) {
      return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    }
    if (0xAC00...0xD7A3).contains(first), (first - 0xAC00) % 28 == 0,
      (0x11A8...0x11C2).contains(second)
    {
      return first + second - 0x11A7
    }
    return pairs[UInt64(first) << 32 | UInt64(second)]
  }
}
