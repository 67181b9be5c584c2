// Owns: which texts are taken as names, labels and ids.

/// Checks of text that comes from people and programs.
enum TextRules {
  /// The longest name of a team or of a cache scope.
  static let nameLength = 64
  /// The longest label, id, or name of a model in the ledger.
  static let textLength = 200

  /// Checks a name: ASCII letters, digits, `.`, `_`, `-`, the first a letter or digit.
  static func checkName(_ name: String, field: String) throws(TenantError) {
    let bytes = name.utf8
    guard let first = bytes.first else {
      throw .invalid(field: field, value: name, reason: "it is empty")
    }
    guard bytes.count <= nameLength else {
      throw .invalid(field: field, value: name, reason: "it is longer than \(nameLength) letters")
    }
    guard isWord(first), bytes.allSatisfy({ isWord($0) || ".-_".utf8.contains($0) }) else {
      throw .invalid(
        field: field,
        value: name,
        reason:
          "it may hold letters a to z, digits, '.', '_' and '-', and begins with a letter or digit"
      )
    }
  }

  /// Checks an id: 1 to 200 printable ASCII characters without space.
  static func checkID(_ id: String, field: String) throws(TenantError) {
    guard !id.isEmpty, id.utf8.count <= textLength, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw .invalid(
        field: field,
        value: id,
        reason: "it must have 1 to \(textLength) printable ASCII characters"
      )
    }
  }

  /// Checks a text for people: one line of at most 200 scalars, none of which steers a terminal.
  static func checkLabel(_ label: String, field: String) throws(TenantError) {
    guard label.unicodeScalars.count <= textLength else {
      throw .invalid(field: field, value: label, reason: "it is longer than \(textLength) letters")
    }
    guard label.unicodeScalars.allSatisfy(isHarmless) else {
      throw .invalid(field: field, value: label, reason: "it holds control characters")
    }
  }

  /// The text, cut off at `limit` scalars, with a mark for each one that steers a terminal or a database.
  static func harmless(_ text: String, limit: Int = textLength) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit) {
      result.append(isHarmless(scalar) ? scalar : "\u{FFFD}")
    }
    return String(result)
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
    default: true
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
