// Owns: the words inside tags: names, numbers, strings, operators.

extension Lexer {
  /// Reads the words of a tag up to and over its end.
  mutating func readTag(from tag: Int, isVariable: Bool) throws(JinjaError) {
    emit(isVariable ? .variableBegin : .blockBegin, at: tag)
    openBrackets = []
    while true {
      if openBrackets.isEmpty, let end = isVariable ? variableEnd() : tagEnd("%}", at: offset) {
        emit(isVariable ? .variableEnd : .blockEnd, at: offset)
        offset = end
        return
      }
      guard offset < source.count else {
        throw fail("a tag has no end", at: tag)
      }
      try readWord()
    }
  }

  private func variableEnd() -> Int? {
    if stands("-}}", at: offset) { return skippingSpace(offset + 3) }
    return stands("}}", at: offset) ? offset + 2 : nil
  }

  private mutating func readWord() throws(JinjaError) {
    let unit = source[offset]
    if CodePoint.isSpace(unit) {
      offset = skippingSpace(offset)
    } else if Self.isDigit(unit) {
      try readNumber()
    } else if CodePoint.isWord(unit) {
      try readName()
    } else if unit == 0x22 || unit == 0x27 {
      try readString(quote: unit)
    } else {
      try readSymbol()
    }
  }

  private static func isDigit(_ unit: UInt32) -> Bool { (0x30...0x39).contains(unit) }

  private mutating func readName() throws(JinjaError) {
    let start = offset
    while offset < source.count, CodePoint.isWord(source[offset]) { offset += 1 }
    // Each use of a name costs one step, so a name must not be long.
    guard offset - start <= limits.nameLength else {
      throw .limit(.nameLength, allowed: limits.nameLength, at: position(start))
    }
    for index in start..<offset {
      let isValid =
        index == start
        ? CodePoint.isIdentifierStart(source[index])
        : CodePoint.isIdentifierContinue(source[index])
      guard isValid else { throw fail("a name holds an invalid character", at: index) }
    }
    emit(.name(Text(units: source[start..<offset]).string), at: start)
  }

  private mutating func readSymbol() throws(JinjaError) {
    for symbol in Token.Symbol.allCases {
      let word = Array(symbol.rawValue.utf8)
      guard offset + word.count <= source.count else { continue }
      var isMatch = true
      for (index, byte) in word.enumerated() where source[offset + index] != UInt32(byte) {
        isMatch = false
      }
      guard isMatch else { continue }
      try balance(symbol)
      emit(.symbol(symbol), at: offset)
      offset += word.count
      return
    }
    let character = Text(units: [source[offset]]).representation.string
    throw fail("unexpected character \(character)", at: offset)
  }

  private mutating func balance(_ symbol: Token.Symbol) throws(JinjaError) {
    switch symbol {
    case .openBrace: openBrackets.append(.closeBrace)
    case .openBracket: openBrackets.append(.closeBracket)
    case .openParenthesis: openBrackets.append(.closeParenthesis)
    case .closeBrace, .closeBracket, .closeParenthesis:
      guard let expected = openBrackets.popLast() else {
        throw fail("unexpected '\(symbol.rawValue)'", at: offset)
      }
      if expected != symbol {
        throw fail(
          "unexpected '\(symbol.rawValue)', expected '\(expected.rawValue)'",
          at: offset
        )
      }
    default: break
    }
  }

  // The offset after digits of `radix` with single underscores between them.
  private func skippingDigits(_ place: Int, radix: Int = 10) -> Int {
    var index = place
    while index < source.count {
      let isSeparator = source[index] == 0x5F && index > place
      let digit = isSeparator ? index + 1 : index
      guard digit < source.count, let value = Self.digit(source[digit]), value < radix else {
        break
      }
      index = digit + 1
    }
    return index
  }

  private static func digit(_ unit: UInt32) -> Int? {
    unit < 0x80 ? Character(Text.unicodeScalar(unit)).hexDigitValue : nil
  }

  private mutating func readNumber() throws(JinjaError) {
    let start = offset
    let followsDot = start > 0 && source[start - 1] == 0x2E
    if !followsDot, let end = floatEnd() {
      offset = end
      guard let value = Double(literal(start..<end)) else {
        throw fail("malformed number", at: start)
      }
      emit(.float(value), at: start)
      return
    }
    let prefixes: [UInt32: Int] = [0x62: 2, 0x6F: 8, 0x78: 16]
    if source[start] == 0x30, start + 2 < source.count,
      let radix = prefixes[source[start + 1] | 0x20],
      case let body = source[start + 2] == 0x5F ? start + 3 : start + 2,
      case let end = skippingDigits(body, radix: radix), end > body
    {
      offset = end
      return try emitInteger(literal(body..<end), radix: radix, at: start)
    }
    // A zero may be followed by zeros only; another digit begins a new word.
    let end = skippingDigits(start, radix: source[start] == 0x30 ? 1 : 10)
    offset = end
    try emitInteger(literal(start..<end), radix: 10, at: start)
  }

  private mutating func emitInteger(
    _ digits: String,
    radix: Int,
    at start: Int
  ) throws(JinjaError) {
    guard let value = Int(digits, radix: radix) else {
      throw fail("the integer does not fit in 64 bits", at: start)
    }
    emit(.integer(value), at: start)
  }

  private func literal(_ range: Range<Int>) -> String {
    Text(units: source[range]).string.filter { $0 != "_" }
  }

  // The end of a number with a fraction or an exponent, or nil if it has neither.
  private func floatEnd() -> Int? {
    var end = skippingDigits(offset)
    var isFloat = false
    if end + 1 < source.count, source[end] == 0x2E, Self.isDigit(source[end + 1]) {
      end = skippingDigits(end + 1)
      isFloat = true
    }
    if end < source.count, source[end] | 0x20 == 0x65 {
      var digits = end + 1
      if digits < source.count, source[digits] == 0x2B || source[digits] == 0x2D { digits += 1 }
      if digits < source.count, Self.isDigit(source[digits]) {
        end = skippingDigits(digits)
        isFloat = true
      }
    }
    return isFloat ? end : nil
  }

  private mutating func readString(quote: UInt32) throws(JinjaError) {
    let start = offset
    var units: [UInt32] = []
    offset += 1
    while offset < source.count {
      let unit = source[offset]
      offset += 1
      if unit == quote { return emit(.string(Text(units: units)), at: start) }
      if unit == 0x5C { try readEscape(into: &units) } else { units.append(unit) }
    }
    throw fail("a string has no end", at: start)
  }

  // Python's escapes; an unknown one keeps its backslash.
  private mutating func readEscape(into units: inout [UInt32]) throws(JinjaError) {
    guard offset < source.count else { return }
    let unit = source[offset]
    offset += 1
    let simple: [UInt32: UInt32] = [
      0x61: 7, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9, 0x76: 11, 0x5C: 0x5C, 0x27: 0x27,
      0x22: 0x22,
    ]
    switch unit {
    case 0x0A: break
    case 0x78: units.append(try readHexadecimal(2))
    case 0x75: units.append(try readHexadecimal(4))
    case 0x55: units.append(try readHexadecimal(8))
    case 0x4E: throw fail("escapes by character name are not supported", at: offset - 2)
    case 0x30...0x37:
      var value = unit - 0x30
      for _ in 0..<2 {
        guard offset < source.count, (0x30...0x37).contains(source[offset]) else { break }
        value = value * 8 + source[offset] - 0x30
        offset += 1
      }
      units.append(value)
    default:
      if let value = simple[unit] { units.append(value) } else { units += [0x5C, unit] }
    }
  }

  private mutating func readHexadecimal(_ digits: Int) throws(JinjaError) -> UInt32 {
    let start = offset - 2
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard offset < source.count, let digit = Self.digit(source[offset]), value < 1 << 24 else {
        throw fail("malformed escape in a string", at: start)
      }
      value = value * 16 + UInt32(digit)
      offset += 1
    }
    guard value < 0x11_0000 else { throw fail("malformed escape in a string", at: start) }
    return value
  }
}
