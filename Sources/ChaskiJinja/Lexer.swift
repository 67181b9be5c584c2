// Owns: cutting a template into text and tags, with the rules for white space.
// Does not own the words inside tags, which are in Lexer+Words.
// Source: the template designer documentation of Jinja 3.1, "Whitespace Control".

/// Cuts a template's source into tokens.
struct Lexer {
  let options: TemplateOptions
  let limits: JinjaLimits
  /// The source's code points, line ends made `\n`.
  let source: [UInt32]
  var offset = 0
  var tokens: [Token] = []
  /// The closing brackets still to come in the tag being read.
  var openBrackets: [Token.Symbol] = []
  private var lineStarts = [0]

  init(source: String, options: TemplateOptions, limits: JinjaLimits) {
    self.options = options
    self.limits = limits
    var units: [UInt32] = []
    units.reserveCapacity(source.utf8.count)
    var previous: UInt32 = 0
    for scalar in source.unicodeScalars {
      if scalar == "\n", previous == 0x0D {
        previous = 0x0A
        continue
      }
      previous = scalar.value
      units.append(scalar == "\r" ? 0x0A : scalar.value)
    }
    if !options.keepTrailingNewline, units.last == 0x0A { units.removeLast() }
    self.source = units
    for (index, unit) in units.enumerated() where unit == 0x0A { lineStarts.append(index + 1) }
  }

  /// The place of a code point.
  func position(_ offset: Int) -> SourcePosition {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return SourcePosition(line: low + 1, column: offset - lineStarts[low] + 1)
  }

  func fail(_ message: String, at offset: Int) -> JinjaError {
    .syntax(message, at: position(offset))
  }

  /// Whether the ASCII `word` stands at `place`.
  func stands(_ word: StaticString, at place: Int) -> Bool {
    var index = place
    for byte in "\(word)".utf8 {
      guard index < source.count, source[index] == UInt32(byte) else { return false }
      index += 1
    }
    return true
  }

  func skippingSpace(_ place: Int) -> Int {
    var index = place
    while index < source.count, CodePoint.isSpace(source[index]) { index += 1 }
    return index
  }

  mutating func emit(_ kind: Token.Kind, at place: Int) {
    tokens.append(Token(kind: kind, position: position(place)))
  }

  /// All tokens, the last of which is `.end`.
  mutating func tokenize() throws(JinjaError) -> [Token] {
    while offset < source.count {
      guard let tag = nextTag() else {
        emit(.data(Text(units: source[offset...])), at: offset)
        break
      }
      let start = tag + 2
      let sign = start < source.count ? source[start] : 0
      let hasSign = sign == 0x2D || sign == 0x2B
      let isVariable = source[tag + 1] == 0x7B
      emitData(upTo: tag, sign: hasSign ? sign : 0, isVariable: isVariable)
      offset = hasSign ? start + 1 : start
      switch source[tag + 1] {
      case 0x7B: try readTag(from: tag, isVariable: true)
      case 0x23: try skipComment(from: tag)
      default:
        if let body = rawBody(after: offset) {
          offset = body
          try readRaw(from: tag)
        } else {
          try readTag(from: tag, isVariable: false)
        }
      }
    }
    emit(.end, at: source.count)
    return tokens
  }

  // The next `{{`, `{%` or `{#`.
  private func nextTag() -> Int? {
    var index = offset
    while index + 1 < source.count {
      if source[index] == 0x7B, [0x7B, 0x25, 0x23].contains(source[index + 1]) { return index }
      index += 1
    }
    return nil
  }

  // Emits the text before a tag, stripped as the tag and the options ask.
  private mutating func emitData(upTo tag: Int, sign: UInt32, isVariable: Bool) {
    var end = tag
    if sign == 0x2D {
      while end > offset, CodePoint.isSpace(source[end - 1]) { end -= 1 }
    } else if sign != 0x2B, options.stripBlocks, !isVariable {
      var lineStart = tag
      while lineStart > offset, source[lineStart - 1] != 0x0A { lineStart -= 1 }
      let startsLine = lineStart > offset || offset == 0 || source[offset - 1] == 0x0A
      if startsLine, source[lineStart..<tag].allSatisfy({ CodePoint.isSpace($0) }) {
        end = lineStart
      }
    }
    if end > offset { emit(.data(Text(units: source[offset..<end])), at: offset) }
  }

  // The offset after the end of a block or comment that begins at `place`, or nil if none does.
  func tagEnd(_ first: StaticString, at place: Int) -> Int? {
    guard place < source.count else { return nil }
    if source[place] == 0x2D, stands(first, at: place + 1) { return skippingSpace(place + 3) }
    if source[place] == 0x2B, stands(first, at: place + 1) { return place + 3 }
    guard stands(first, at: place) else { return nil }
    let end = place + 2
    return options.trimBlocks && end < source.count && source[end] == 0x0A ? end + 1 : end
  }

  private mutating func skipComment(from tag: Int) throws(JinjaError) {
    while offset < source.count {
      if let end = tagEnd("#}", at: offset) {
        offset = end
        return
      }
      offset += 1
    }
    throw fail("a comment has no end", at: tag)
  }

  // The offset after `raw %}` if the tag is that; the newline after it is text.
  private func rawBody(after place: Int) -> Int? {
    let word = skippingSpace(place)
    guard stands("raw", at: word) else { return nil }
    let end = skippingSpace(word + 3)
    if stands("-%}", at: end) { return skippingSpace(end + 3) }
    return stands("%}", at: end) ? end + 2 : nil
  }

  private mutating func readRaw(from tag: Int) throws(JinjaError) {
    var place = offset
    while place < source.count {
      if stands("{%", at: place) {
        let sign = place + 2 < source.count ? source[place + 2] : 0
        let hasSign = sign == 0x2D || sign == 0x2B
        let word = skippingSpace(place + (hasSign ? 3 : 2))
        if stands("endraw", at: word), let end = tagEnd("%}", at: skippingSpace(word + 6)) {
          emitData(upTo: place, sign: hasSign ? sign : 0, isVariable: false)
          offset = end
          return
        }
      }
      place += 1
    }
    throw fail("a raw block has no end", at: tag)
  }
}
