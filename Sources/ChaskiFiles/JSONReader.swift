// Owns: the few pieces of JSON that a safetensors header is made of.
// Does not own: their order and meaning (SafetensorsHeader); other JSON, which Foundation reads.

/// Takes strings, lists of whole numbers and punctuation from JSON text, front to back.
///
/// Source: RFC 8259. Numbers are whole and not negative, which is all the format uses.
struct JSONReader {
  private let bytes: [UInt8]
  private let start: Int
  private let file: String
  private var position = 0

  /// Reads `bytes`, which stand at `offset` of `file`.
  init(_ bytes: [UInt8], at offset: Int, of file: String) {
    self.bytes = bytes
    self.start = offset
    self.file = file
  }

  /// The position in the file.
  var offset: Int { start + position }

  /// Takes `character` after any blanks; false, taking only blanks, if another stands there.
  mutating func takes(_ character: Unicode.Scalar) throws(FileError) -> Bool {
    skipBlanks()
    guard position < bytes.count else {
      throw .truncated(file: file, item: "the header", offset: offset, needed: 1, left: 0)
    }
    guard bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Takes `character` after any blanks.
  mutating func expect(_ character: Unicode.Scalar) throws(FileError) {
    guard try !takes(character) else { return }
    throw invalid("the character \(character)")
  }

  /// Checks that nothing but blanks is left.
  mutating func expectEnd() throws(FileError) {
    skipBlanks()
    guard position == bytes.count else { throw invalid("the end of the header") }
  }

  /// Takes a list of at most `limit` whole numbers.
  mutating func integers(limit: Int, _ item: String) throws(FileError) -> [Int] {
    var numbers: [Int] = []
    try expect("[")
    guard try !takes("]") else { return numbers }
    repeat {
      guard numbers.count < limit else {
        throw .overLimit(
          file: file,
          item: "the length of \(item)",
          offset: offset,
          limit: limit,
          found: UInt64(numbers.count + 1)
        )
      }
      numbers.append(try integer())
    } while try takes(",")
    try expect("]")
    return numbers
  }

  private mutating func integer() throws(FileError) -> Int {
    skipBlanks()
    let first = position
    var number = 0
    while position < bytes.count, case let digit = Int(bytes[position]) - 48, 0...9 ~= digit {
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(digit)
      guard !overflow, !carry else { throw invalid("a number below 2^63") }
      number = sum
      position += 1
    }
    // JSON has no leading zeros.
    guard position > first, position == first + 1 || bytes[first] != UInt8(ascii: "0") else {
      throw invalid("a whole number")
    }
    return number
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private func invalid(_ expected: String) -> FileError {
    let found =
      position < bytes.count ? "the byte \(bytes[position])" : "the end of the header"
    return .invalid(
      file: file,
      item: "the header",
      offset: offset,
      expected: expected,
      found: found
    )
  }
}

// MARK: - Strings

extension JSONReader {
  /// Takes a string.
  mutating func string() throws(FileError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while true {
      let first = position
      while position < bytes.count, !isSpecial(bytes[position]) { position += 1 }
      text.append(contentsOf: bytes[first..<position])
      guard position < bytes.count, bytes[position] >= 0x20 else {
        throw invalid("the rest of a string")
      }
      position += 1
      if bytes[position - 1] == UInt8(ascii: "\"") { break }
      text.append(contentsOf: try escaped().utf8)
    }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw invalid("UTF-8 text before it")
    }
    return string
  }

  private func isSpecial(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20
  }

  /// Takes what follows a backslash.
  private mutating func escaped() throws(FileError) -> String {
    guard position < bytes.count else { throw invalid("an escape") }
    let letter = Unicode.Scalar(bytes[position])
    switch letter {
    case "\"", "\\", "/":
      position += 1
      return String(Character(letter))
    case "b": return simple("\u{8}")
    case "f": return simple("\u{C}")
    case "n": return simple("\n")
    case "r": return simple("\r")
    case "t": return simple("\t")
    case "u":
      position += 1
      return try unicodeEscape()
    default: throw invalid("an escape")
    }
  }

  private mutating func simple(_ text: String) -> String {
    position += 1
    return text
  }

  /// Takes four digits, and a second escape if they are the first half of a surrogate pair.
  private mutating func unicodeEscape() throws(FileError) -> String {
    let unit = try fourDigits()
    guard unit & 0xFC00 == 0xD800 else {
      guard let scalar = Unicode.Scalar(unit) else {
        throw invalid("the first of a pair before it")
      }
      return String(Character(scalar))
    }
    guard position + 2 <= bytes.count, Array(bytes[position..<position + 2]) == Array("\\u".utf8)
    else { throw invalid("the second escape of a pair") }
    position += 2
    let second = try fourDigits()
    guard second & 0xFC00 == 0xDC00,
      let scalar = Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + (second & 0x3FF))
    else { throw invalid("the second escape of a pair before it") }
    return String(Character(scalar))
  }

  private mutating func fourDigits() throws(FileError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw invalid("four hexadecimal digits") }
      value = value << 4 + UInt32(digit)
      position += 1
    }
    return value
  }
}
