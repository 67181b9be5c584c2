// Owns: reading JSON text. Source: RFC 8259, https://www.rfc-editor.org/rfc/rfc8259.

extension JSONValue {
  /// How deep JSON may nest, read or written.
  package static let defaultDepthLimit = 90

  /// Reads JSON text; of equal keys the last value counts, at the first one's place.
  ///
  /// - Throws: `ChatError.json` with the byte at fault, `ChatError.jsonDepth`.
  package init(
    parsing text: String,
    depthLimit: Int = JSONValue.defaultDepthLimit
  ) throws(ChatError) {
    var parser = JSONParser(bytes: Array(text.utf8), depthLimit: depthLimit)
    self = try parser.parse()
  }
}

/// Reads one JSON text.
private struct JSONParser {
  let bytes: [UInt8]
  let depthLimit: Int
  var offset = 0
  var depth = 0

  init(bytes: [UInt8], depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
  }

  func fail(_ problem: String) -> ChatError { .json(problem, byteOffset: offset) }

  mutating func parse() throws(ChatError) -> JSONValue {
    let value = try parseValue()
    skipBlanks()
    guard offset == bytes.count else { throw fail("there is text after the value") }
    return value
  }

  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipBlanks() {
    while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { offset += 1 }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard current == byte else { return false }
    offset += 1
    return true
  }

  private mutating func parseValue() throws(ChatError) -> JSONValue {
    skipBlanks()
    switch current {
    case 0x7B: return .object(try nested { (parser) throws(ChatError) in try parser.object() })
    case 0x5B: return .array(try nested { (parser) throws(ChatError) in try parser.array() })
    case 0x22: return .string(try string())
    case 0x74: return try word("true", .bool(true))
    case 0x66: return try word("false", .bool(false))
    case 0x6E: return try word("null", .null)
    case 0x2D?: return try number()
    case let byte? where (0x30...0x39).contains(byte): return try number()
    case nil: throw fail("the text ends where a value should stand")
    default: throw fail("a value should stand here")
    }
  }

  private mutating func nested<Result>(
    _ body: (inout JSONParser) throws(ChatError) -> Result
  ) throws(ChatError) -> Result {
    guard depth < depthLimit else { throw .jsonDepth(limit: depthLimit) }
    depth += 1
    offset += 1
    let result = try body(&self)
    depth -= 1
    return result
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(ChatError) -> JSONValue {
    guard bytes[offset...].starts(with: word.utf8) else { throw fail("a value should stand here") }
    offset += word.utf8.count
    return value
  }

  private mutating func array() throws(ChatError) -> [JSONValue] {
    var elements: [JSONValue] = []
    if skip(0x5D) { return elements }
    while true {
      elements.append(try parseValue())
      if skip(0x5D) { return elements }
      guard skip(0x2C) else { throw fail("a comma or ] should stand here") }
    }
  }

  private mutating func object() throws(ChatError) -> JSONObject {
    var object = JSONObject()
    if skip(0x7D) { return object }
    while true {
      skipBlanks()
      guard current == 0x22 else { throw fail("a key should stand here") }
      let key = try string()
      guard skip(0x3A) else { throw fail("a colon should stand here") }
      object[key] = try parseValue()
      if skip(0x7D) { return object }
      guard skip(0x2C) else { throw fail("a comma or } should stand here") }
    }
  }

  private mutating func digits() throws(ChatError) {
    let start = offset
    while let byte = current, (0x30...0x39).contains(byte) { offset += 1 }
    guard offset > start else { throw fail("a digit should stand here") }
  }

  private mutating func number() throws(ChatError) -> JSONValue {
    let start = offset
    if current == 0x2D { offset += 1 }
    if current == 0x30 { offset += 1 } else { try digits() }
    var isInteger = true
    if current == 0x2E {
      isInteger = false
      offset += 1
      try digits()
    }
    if current == 0x65 || current == 0x45 {
      isInteger = false
      offset += 1
      if current == 0x2B || current == 0x2D { offset += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger, let value = Int(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else {
      throw .json("the number is out of range", byteOffset: start)
    }
    return .double(value)
  }

  private mutating func string() throws(ChatError) -> String {
    offset += 1
    var content: [UInt8] = []
    while let byte = current {
      offset += 1
      switch byte {
      case 0x22: return String(decoding: content, as: UTF8.self)
      case 0x5C: try escape(into: &content)
      case 0..<0x20:
        offset -= 1
        throw fail("a control character stands in a string")
      default: content.append(byte)
      }
    }
    throw fail("a string has no end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(ChatError) {
    guard let letter = current else { throw fail("a string has no end") }
    offset += 1
    switch letter {
    case 0x22, 0x5C, 0x2F: content.append(letter)
    case 0x62: content.append(0x08)
    case 0x66: content.append(0x0C)
    case 0x6E: content.append(0x0A)
    case 0x72: content.append(0x0D)
    case 0x74: content.append(0x09)
    case 0x75:
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), bytes[offset...].starts(with: [0x5C, 0x75]) {
        offset += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw fail("half of a character pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw fail("half of a character pair") }
      content.append(contentsOf: String(Character(scalar)).utf8)
    default:
      offset -= 1
      throw fail("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(ChatError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current,
        let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80
      else { throw fail("a hexadecimal digit should stand here") }
      code = code << 4 + UInt32(digit)
      offset += 1
    }
    return code
  }
}
