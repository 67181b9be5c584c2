// Owns: the filters that make strings.

extension Renderer {
  func applyTextFilter(
    _ filter: BuiltinFilter,
    to value: Value,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    let name = filter.rawValue
    let text = try string(value)
    try reserve(text: text.count)
    switch filter {
    case .string, .safe, .upper, .lower, .capitalize, .title, .escape, .e, .forceescape,
      .wordcount, .urlencode:
      _ = try bind(arguments, [], required: 0, of: name)
      try charge(lookups: text.count)
    default: break
    }
    switch filter {
    case .string, .safe: return .string(text)
    case .upper: return .string(text.uppercased)
    case .lower: return .string(text.lowercased)
    case .capitalize: return .string(text.capitalized)
    case .title: return .string(text.titledWords)
    case .escape, .e, .forceescape: return .string(try escaped(text))
    case .trim:
      let parameters = try bind(arguments, ["chars"], required: 0, of: name)
      return .string(text.stripped(try optionalText(parameters[0], of: name)))
    case .replace:
      let parameters = try bind(arguments, ["old", "new", "count"], required: 2, of: name)
      var limit = -1
      if let count = parameters[2], !count.isNone { limit = try integer(count) }
      return .string(
        try replacing(
          text,
          try string(parameters[0] ?? .none),
          with: try string(parameters[1] ?? .none),
          limit: limit < 0 ? .max : limit
        )
      )
    case .center:
      let parameters = try bind(arguments, ["width"], required: 0, of: name)
      let width = try checkedWidth(try integer(parameters[0] ?? .int(80)))
      return .string(centered(text, width: width))
    case .format:
      guard arguments.positional.isEmpty || arguments.named.isEmpty else {
        throw typeError("can't handle positional and keyword arguments at the same time")
      }
      if !arguments.named.isEmpty {
        return .string(try formatted(text, with: try dictionary(arguments.named)))
      }
      return .string(try formatted(text, with: try tuple(arguments.positional)))
    case .indent: return .string(try indented(value, arguments))
    case .truncate: return try truncated(value, arguments)
    case .wordcount: return .int(wordCount(text))
    case .urlencode: return .string(try urlEncoded(value))
    case .xmlattr: return .string(try attributeList(value, arguments))
    default: throw typeError("No filter named '\(name)'.")
    }
  }

  private func escaped(_ text: Text) throws(JinjaError) -> Text {
    let replacements: [UInt32: String] = [
      0x26: "&amp;", 0x3C: "&lt;", 0x3E: "&gt;", 0x27: "&#39;", 0x22: "&#34;",
    ]
    try reserve(text: text.count * 5)
    var result = Text()
    for unit in text.units {
      if let replacement = replacements[unit & Text.scalarMask] {
        result.append(Text(replacement, marks: unit & ~Text.scalarMask))
      } else {
        result.units.append(unit)
      }
    }
    return result
  }

  private func indented(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Text {
    let parameters = try bind(arguments, ["width", "first", "blank"], required: 0, of: "indent")
    var text = try requiredText(value, of: "indent")
    var indent = Text("    ")
    if case .string(let given)? = parameters[0] {
      indent = given
    } else if let width = parameters[0] {
      let count = max(0, try checkedWidth(try integer(width)))
      indent = Text(String(repeating: " ", count: count))
    }
    let indentsFirst = try isTrue(parameters[1] ?? .none)
    let indentsBlank = try isTrue(parameters[2] ?? .none)
    text.append("\n")
    let lines = text.lines(keepEnds: false, bound: limits.elementCount + 1)
    try reserve(elements: lines.count)
    let (growth, overflow) = indent.count.multipliedReportingOverflow(by: lines.count)
    try reserve(text: overflow ? nil : growth + text.count)
    var result = Text()
    for (index, line) in lines.enumerated() {
      if index > 0 { result.append("\n") }
      if index == 0 ? indentsFirst : indentsBlank || !line.isEmpty { result.append(indent) }
      result.append(line)
    }
    return result
  }

  // A value that the filter adds to or measures, so that it must be a string.
  private func requiredText(_ value: Value, of name: String) throws(JinjaError) -> Text {
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    return try text(value, of: name)
  }

  private func truncated(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(
      arguments,
      ["length", "killwords", "end", "leeway"],
      required: 0,
      of: "truncate"
    )
    let length = try integer(parameters[0] ?? .int(255))
    let end = try self.text(parameters[2] ?? Value("..."), of: "truncate")
    var leeway = 5
    if let given = parameters[3], !given.isNone { leeway = try integer(given) }
    guard length >= end.count else {
      throw valueError("expected length >= \(end.count), got \(length)")
    }
    guard leeway >= 0 else { throw valueError("expected leeway >= 0, got \(leeway)") }
    let (longest, overflow) = length.addingReportingOverflow(leeway)
    if overflow { return value }
    if try count(value) <= longest { return value }
    let text = try requiredText(value, of: "truncate")
    var result = text.slice(0..<length - end.count)
    if !(try isTrue(parameters[1] ?? .none)),
      let blank = result.units.lastIndex(where: { $0 & Text.scalarMask == 0x20 })
    {
      result = result.slice(0..<blank)
    }
    result.append(end)
    return .string(result)
  }

  private func wordCount(_ text: Text) -> Int {
    var count = 0
    var isInWord = false
    for unit in text.units {
      let isWord = CodePoint.isWord(unit)
      if isWord, !isInWord { count += 1 }
      isInWord = isWord
    }
    return count
  }

  private func urlEncoded(_ value: Value) throws(JinjaError) -> Text {
    switch value {
    case .dictionary, .list, .tuple, .view, .generator: break
    default: return try percentEncoded(try string(value), isQuery: false)
    }
    var pairs = try iterated(value)
    if case .dictionary(let dictionary) = value {
      pairs = DictionaryView(dictionary: dictionary, part: .items).items
    }
    var result = Text()
    for (index, pair) in pairs.enumerated() {
      let parts = try iterated(pair)
      guard parts.count == 2 else {
        throw valueError("urlencode expects pairs, found \(parts.count) values")
      }
      if index > 0 { result.append("&") }
      try append(try percentEncoded(try string(parts[0]), isQuery: true), to: &result)
      result.append("=")
      try append(try percentEncoded(try string(parts[1]), isQuery: true), to: &result)
    }
    return result
  }

  private func percentEncoded(_ text: Text, isQuery: Bool) throws(JinjaError) -> Text {
    try reserve(text: text.count * 12)
    var result = Text()
    for unit in text.units {
      let marks = unit & ~Text.scalarMask
      for byte in UTF8.encode(Text.unicodeScalar(unit)) ?? UTF8.encodedReplacementCharacter {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
          result.units.append(UInt32(byte) | marks)
        case 0x2F where !isQuery: result.units.append(UInt32(byte) | marks)
        case 0x20 where isQuery: result.units.append(0x2B | marks)
        default:
          let digits = String(byte, radix: 16, uppercase: true)
          result.append(Text("%" + (digits.count < 2 ? "0" : "") + digits, marks: marks))
        }
      }
    }
    return result
  }

  private func attributeList(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Text {
    let parameters = try bind(arguments, ["autospace"], required: 0, of: "xmlattr")
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    guard case .dictionary(let dictionary) = value else {
      throw typeError("xmlattr expects a mapping, not \(value.typeName)")
    }
    var result = Text()
    for (key, value) in zip(dictionary.keys, dictionary.values) {
      if value.isNone || value.isUndefined { continue }
      let name = try text(key, of: "xmlattr")
      let isInvalid = name.units.contains {
        [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0x2F, 0x3E, 0x3D].contains($0 & Text.scalarMask)
      }
      if isInvalid {
        throw valueError("Invalid character in attribute name: \(name.representation.string)")
      }
      if !result.isEmpty { result.append(" ") }
      result.append(try escaped(name))
      result.append("=\"")
      result.append(try escaped(try string(value)))
      result.append("\"")
    }
    guard try isTrue(parameters[0] ?? .bool(true)), !result.isEmpty else { return result }
    var spaced = Text(" ")
    spaced.append(result)
    return spaced
  }
}
