// Owns: which names from outside may become file names, URL parts or lines on a terminal.
// Does not own: the grammar of references (ModelReference, HubModel).

/// The rules a name from a user, a catalogue or a hub must keep before it is used.
enum NameRules {
  /// The longest path a hub may name, in bytes.
  static let maximumPathLength = 1024
  /// The longest single file or folder name, in bytes.
  ///
  /// It is what Linux and macOS allow (255), less the room for the endings this module adds.
  static let maximumComponentLength = 230

  /// Whether a scalar neither controls a terminal nor reorders the text around it.
  static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: false
    case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: false
    default: true
    }
  }

  /// Checks a relative path with `/` between its parts, as a hub or a wheel spells it.
  ///
  /// - Throws: `HubError.unsafeName` for a path that is empty, absolute, too long, has an empty, `.` or
  ///   `..` part, or a character that no honest file name has.
  static func check(path: String) throws(HubError) {
    guard path.utf8.count <= maximumPathLength else {
      throw .unsafeName(
        name: String(path.prefix(80)) + "...",
        reason: "it has over \(maximumPathLength) bytes"
      )
    }
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      try check(component: String(part), of: path)
    }
  }

  /// Checks one file or folder name.
  static func check(component: String, of name: String) throws(HubError) {
    guard !component.isEmpty else {
      throw .unsafeName(name: name, reason: "it is empty, absolute, or has an empty part")
    }
    guard component != ".", component != ".." else {
      throw .unsafeName(name: name, reason: "it leads out of its folder")
    }
    guard component.utf8.count <= maximumComponentLength else {
      throw .unsafeName(
        name: String(name.prefix(80)) + "...",
        reason: "a part of it has over \(maximumComponentLength) bytes"
      )
    }
    for scalar in component.unicodeScalars {
      guard isHarmless(scalar), scalar != "/", scalar != "\\" else {
        throw .unsafeName(name: name, reason: "it has a character that no file name should have")
      }
    }
  }

  /// Whether a text is a plain word: ASCII letters, digits, `.`, `_`, `-`, not led by `.` or `-`.
  static func isWord(_ text: some StringProtocol, maximumLength: Int) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= maximumLength else { return false }
    guard first != UInt8(ascii: "."), first != UInt8(ascii: "-") else { return false }
    return text.utf8.allSatisfy(isWordByte) && !text.contains("..")
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }

  /// Whether a text is 64 hexadecimal digits.
  static func isSHA256(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy(isHexadecimal)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
    default: false
    }
  }

  /// The text with every byte but letters, digits and `-._~` percent-encoded (RFC 3986, section 2.3).
  static func percentEncoded(_ text: some StringProtocol) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isWordByte(byte) || byte == UInt8(ascii: "~") {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
