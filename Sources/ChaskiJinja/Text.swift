// Owns: the strings templates compute with. Does not own their limits.

/// A string as Python sees it, a sequence of code points, each with a mark of where it came from.
///
/// A unit holds a code point in its low 21 bits and marks above them. Comparing and hashing leave
/// the marks out, so a marked string behaves as any other.
struct Text: Sendable, Hashable {
  /// Code points with their marks.
  var units: [UInt32]

  /// The bits of a unit that hold the code point.
  static let scalarMask: UInt32 = 0x1F_FFFF
  /// Set on a code point that came from a `JinjaValue.input`.
  static let inputMark: UInt32 = 1 << 31
  /// Set on a code point rendered in a `generation` block.
  static let generationMark: UInt32 = 1 << 30

  init(units: [UInt32] = []) { self.units = units }

  init(units: ArraySlice<UInt32>) { self.units = Array(units) }

  init(_ string: String, marks: UInt32 = 0) {
    var units: [UInt32] = []
    units.reserveCapacity(string.utf8.count)
    for scalar in string.unicodeScalars { units.append(scalar.value | marks) }
    self.units = units
  }

  var count: Int { units.count }
  var isEmpty: Bool { units.isEmpty }

  /// The code point at `index`, without its marks.
  func scalar(_ index: Int) -> UInt32 { units[index] & Self.scalarMask }

  /// The string; lone surrogates, which only an escape in a template can make, become U+FFFD.
  var string: String {
    var string = ""
    string.unicodeScalars.reserveCapacity(units.count)
    for unit in units { string.unicodeScalars.append(Self.unicodeScalar(unit)) }
    return string
  }

  static func unicodeScalar(_ unit: UInt32) -> Unicode.Scalar {
    Unicode.Scalar(unit & scalarMask) ?? "\u{FFFD}"
  }

  static func == (a: Text, b: Text) -> Bool {
    guard a.units.count == b.units.count else { return false }
    for (x, y) in zip(a.units, b.units) where (x ^ y) & scalarMask != 0 { return false }
    return true
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(units.count)
    for unit in units { hasher.combine(unit & Self.scalarMask) }
  }

  /// Whether this comes before `other` by code points.
  func precedes(_ other: Text) -> Bool {
    for (x, y) in zip(units, other.units) {
      let a = x & Self.scalarMask
      let b = y & Self.scalarMask
      if a != b { return a < b }
    }
    return units.count < other.units.count
  }

  /// A part of the string.
  func slice(_ range: Range<Int>) -> Text { Text(units: units[range]) }

  mutating func append(_ other: Text) { units.append(contentsOf: other.units) }

  mutating func append(_ string: String) {
    for scalar in string.unicodeScalars { units.append(scalar.value) }
  }

  mutating func append(marked unit: UInt32, count: Int) {
    units.append(contentsOf: repeatElement(unit, count: count))
  }

  /// The string with `marks` set on every code point.
  func marked(_ marks: UInt32) -> Text {
    var copy = self
    for index in copy.units.indices { copy.units[index] |= marks }
    return copy
  }
}
