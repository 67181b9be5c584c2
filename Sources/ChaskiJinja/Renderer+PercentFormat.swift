// Owns: `format % values`.

extension Renderer {
  /// The values that a format takes, in order or by name.
  private struct FormatSource {
    let values: [Value]
    let mapping: DictionaryValue?
    /// Whether Python takes the value for a mapping, which need not be used up: whatever has
    /// items, save tuples and strings.
    let isMapping: Bool
    var offset = 0

    init(_ value: Value) {
      if case .tuple(let elements) = value {
        values = elements.items
        mapping = nil
      } else if case .dictionary(let dictionary) = value {
        values = [value]
        mapping = dictionary
      } else {
        values = [value]
        mapping = nil
      }
      switch value {
      case .dictionary, .list, .range, .undefined: isMapping = true
      default: isMapping = false
      }
    }

    mutating func next() -> Value? {
      guard offset < values.count else { return nil }
      offset += 1
      return values[offset - 1]
    }
  }

  func formatted(_ format: Text, with value: Value) throws(JinjaError) -> Text {
    try reserve(text: format.count)
    var source = FormatSource(value)
    var result = Text()
    var index = 0
    while index < format.count {
      let unit = format.units[index]
      index += 1
      guard unit & Text.scalarMask == 0x25 else {
        result.units.append(unit)
        continue
      }
      try append(try conversion(format, &index, &source), to: &result)
    }
    if !source.isMapping, source.offset < source.values.count {
      throw typeError("not all arguments converted during string formatting")
    }
    return result
  }

  private func conversion(
    _ format: Text,
    _ index: inout Int,
    _ source: inout FormatSource
  ) throws(JinjaError) -> Text {
    func next() throws(JinjaError) -> Character {
      guard index < format.count else { throw valueError("incomplete format") }
      index += 1
      return Character(Text.unicodeScalar(format.units[index - 1]))
    }
    var letter = try next()
    if letter == "%" { return Text("%") }
    var named: Value?
    if letter == "(" {
      guard let close = TextSearch(Text(")")).first(in: format, from: index) else {
        throw valueError("incomplete format key")
      }
      guard let mapping = source.mapping else { throw typeError("format requires a mapping") }
      let key = format.slice(index..<close)
      guard let value = mapping[key] else {
        throw valueError("the format's key '\(key.string)' is not given")
      }
      named = value
      index = close + 1
      letter = try next()
    }
    var field = FieldFormat()
    while "-+ #0".contains(letter) {
      switch letter {
      case "-": field.alignment = .left
      case "+": field.sign = "+"
      case " ": if field.sign.isEmpty { field.sign = " " }
      case "#": field.isAlternate = true
      default:
        if field.alignment == nil { field.alignment = .afterSign }
      }
      letter = try next()
    }
    func number() throws(JinjaError) -> Int? {
      if letter == "*" {
        guard let value = source.next() else {
          throw typeError("not enough arguments for format string")
        }
        letter = try next()
        return try checkedWidth(try integer(value))
      }
      var number: Int?
      while let digit = letter.wholeNumberValue, letter.isASCII {
        number = try checkedWidth((number ?? 0) * 10 + digit)
        letter = try next()
      }
      return number
    }
    if let width = try number() {
      if width < 0 { field.alignment = .left }
      field.width = abs(width)
    }
    if letter == "." {
      letter = try next()
      field.precision = max(0, try number() ?? 0)
    }
    while "hlL".contains(letter) { letter = try next() }
    guard let value = named ?? source.next() else {
      throw typeError("not enough arguments for format string")
    }
    if field.alignment == .afterSign { field.fill = 0x30 }
    field.type = letter
    return try converted(value, field, letter)
  }

  /// A width or precision within its bound.
  func checkedWidth(_ width: Int) throws(JinjaError) -> Int {
    guard (-limits.formatWidth...limits.formatWidth).contains(width) else {
      throw limit(.formatWidth, limits.formatWidth)
    }
    return width
  }

  private func converted(
    _ value: Value,
    _ field: FieldFormat,
    _ letter: Character
  ) throws(JinjaError) -> Text {
    var field = field
    switch letter {
    case "s", "r":
      var text = try letter == "s" ? string(value) : representation(value)
      if let precision = field.precision, text.count > precision {
        text = text.slice(0..<precision)
      }
      field.fill = 0x20
      return field.padded(text, default: .right)
    case "c":
      field.fill = 0x20
      if case .string(let text) = value, text.count == 1 {
        return field.padded(text, default: .right)
      }
      guard let code = value.asInt, let scalar = UInt32(exactly: code), scalar < 0x11_0000 else {
        throw typeError("%c requires int or char")
      }
      return field.padded(Text(units: [scalar]), default: .right)
    case "d", "i", "u":
      if case .double(let number) = value {
        guard let integer = Int(exactly: number.rounded(.towardZero)) else {
          throw arithmeticError("the number does not fit in 64 bits")
        }
        if let text = field.formatted(integer) { return text }
      }
      if let integer = value.asInt, let text = field.formatted(integer) { return text }
      throw typeError("%\(letter) format: a real number is required, not \(value.typeName)")
    case "x", "X", "o":
      if let integer = value.asInt, let text = field.formatted(integer) { return text }
      throw typeError("%\(letter) format: an integer is required, not \(value.typeName)")
    case "f", "F", "e", "E", "g", "G":
      guard let number = value.asDouble, let text = field.formatted(number) else {
        throw typeError("must be real number, not \(value.typeName)")
      }
      return text
    default: throw valueError("unsupported format character '\(letter)'")
    }
  }
}
