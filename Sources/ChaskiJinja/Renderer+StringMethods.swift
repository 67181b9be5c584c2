// Owns: the methods of strings.

extension Renderer {
  func call(
    _ name: String,
    of text: Text,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    try reserve(text: text.count)
    if let result = try transformed(text, name, arguments) { return .string(result) }
    if let answer = try asked(text, name, arguments) { return .bool(answer) }
    switch name {
    case "format": return .string(try braceFormatted(text, arguments))
    case "format_map":
      let parameters = try bind(arguments, ["mapping"], required: 1, of: name)
      guard case .dictionary(let mapping)? = parameters[0] else {
        throw typeError("format_map expects a mapping")
      }
      return .string(try braceFormatted(text, Arguments(), mapping: mapping))
    case "strip", "lstrip", "rstrip":
      let parameters = try bind(arguments, ["chars"], required: 0, of: name)
      return .string(
        text.stripped(
          try optionalText(parameters[0], of: name),
          leading: name != "rstrip",
          trailing: name != "lstrip"
        )
      )
    case "split", "rsplit":
      let parameters = try bind(arguments, ["sep", "maxsplit"], required: 0, of: name)
      let limit = try parameters[1].map { (value) throws(JinjaError) in try integer(value) } ?? -1
      return try split(
        text,
        try optionalText(parameters[0], of: name),
        limit: limit < 0 ? .max : limit,
        fromRight: name == "rsplit"
      )
    case "splitlines":
      let parameters = try bind(arguments, ["keepends"], required: 0, of: name)
      return try list(
        of: text.lines(
          keepEnds: try isTrue(parameters[0] ?? .none),
          bound: limits.elementCount + 1
        )
      )
    case "join":
      let parameters = try bind(arguments, ["iterable"], required: 1, of: name)
      return try join(parameters[0] ?? .none, with: text)
    case "partition", "rpartition": return try partition(text, name, arguments)
    case "count", "find", "rfind", "index", "rindex": return try search(text, name, arguments)
    default: throw typeError("str.\(name) is not supported")
    }
  }

  func optionalText(_ value: Value?, of callee: String) throws(JinjaError) -> Text? {
    guard let value, !value.isNone else { return nil }
    return try text(value, of: callee)
  }

  /// A list of strings.
  func list(of texts: [Text]) throws(JinjaError) -> Value {
    try reserve(elements: texts.count)
    var items: [Value] = []
    items.reserveCapacity(texts.count)
    for text in texts { items.append(.string(text)) }
    return try list(items)
  }

  // Methods that give another string.
  private func transformed(
    _ text: Text,
    _ name: String,
    _ arguments: Arguments
  ) throws(JinjaError) -> Text? {
    switch name {
    case "upper", "lower", "casefold", "capitalize", "title", "swapcase":
      _ = try bind(arguments, [], required: 0, of: "str.\(name)")
      return try recased(text, name)
    case "replace":
      let parameters = try bind(arguments, ["old", "new", "count"], required: 2, of: name)
      let count = try parameters[2].map { (value) throws(JinjaError) in try integer(value) } ?? -1
      return try replacing(
        text,
        try self.text(parameters[0] ?? .none, of: name),
        with: try self.text(parameters[1] ?? .none, of: name),
        limit: count < 0 ? .max : count
      )
    case "center", "ljust", "rjust", "zfill": return try justified(text, name, arguments)
    case "removeprefix", "removesuffix":
      let parameters = try bind(arguments, ["affix"], required: 1, of: name)
      let affix = try self.text(parameters[0] ?? .none, of: name)
      if name == "removeprefix" {
        return text.hasPrefix(affix) ? text.slice(affix.count..<text.count) : text
      }
      return text.hasSuffix(affix) ? text.slice(0..<text.count - affix.count) : text
    case "expandtabs":
      let parameters = try bind(arguments, ["tabsize"], required: 0, of: name)
      return try expandedTabs(text, size: try checkedWidth(try integer(parameters[0] ?? .int(8))))
    default: return nil
    }
  }

  private func recased(_ text: Text, _ name: String) throws(JinjaError) -> Text {
    try charge(lookups: text.count)
    switch name {
    case "upper": return text.uppercased
    case "lower": return text.lowercased
    case "casefold": return text.caseFolded
    case "capitalize": return text.capitalized
    case "title": return text.titlecased
    default: return text.swappedCase
    }
  }

  /// `text` with up to `limit` places of `old` replaced.
  func replacing(
    _ text: Text,
    _ old: Text,
    with new: Text,
    limit: Int
  ) throws(JinjaError) -> Text {
    try charge(1 + (text.count + old.count) / 8)
    let places = TextSearch(old).all(in: text, limit: limit)
    try reserve(text: text.countReplacing(old, with: new, at: places.count))
    return text.replacing(old, with: new, at: places)
  }

  private func justified(
    _ text: Text,
    _ name: String,
    _ arguments: Arguments
  ) throws(JinjaError) -> Text {
    let parameters = try bind(arguments, ["width", "fillchar"], required: 1, of: name)
    var field = FieldFormat()
    field.width = try checkedWidth(try integer(parameters[0] ?? .none))
    if name == "zfill" {
      field.fill = 0x30
      let isSigned = !text.isEmpty && [0x2B, 0x2D].contains(text.scalar(0))
      guard isSigned else { return field.padded(text, default: .right) }
      field.width -= 1
      var result = text.slice(0..<1)
      result.append(field.padded(text.slice(1..<text.count), default: .right))
      return result
    }
    if let fill = parameters[1] {
      let fill = try self.text(fill, of: name)
      guard fill.count == 1 else {
        throw typeError("The fill character must be exactly one character long")
      }
      field.fill = fill.units[0]
    }
    if name == "center" { return centered(text, width: field.width, fill: field.fill) }
    return field.padded(text, default: name == "ljust" ? .left : .right)
  }

  /// `str.center`, which puts an odd blank to the left when the width is odd.
  func centered(_ text: Text, width: Int, fill: UInt32 = 0x20) -> Text {
    let missing = max(0, width - text.count)
    let left = missing / 2 + (missing & width & 1)
    var result = Text()
    result.append(marked: fill, count: left)
    result.append(text)
    result.append(marked: fill, count: missing - left)
    return result
  }

  private func expandedTabs(_ text: Text, size: Int) throws(JinjaError) -> Text {
    var result = Text()
    var column = 0
    for unit in text.units {
      switch unit & Text.scalarMask {
      case 0x09:
        let blanks = size > 0 ? size - column % size : 0
        try reserve(text: result.count + blanks)
        result.append(marked: 0x20, count: blanks)
        column += blanks
      case 0x0A, 0x0D:
        result.units.append(unit)
        column = 0
      default:
        result.units.append(unit)
        column += 1
      }
    }
    return result
  }

  // Methods that answer yes or no.
  private func asked(
    _ text: Text,
    _ name: String,
    _ arguments: Arguments
  ) throws(JinjaError) -> Bool? {
    switch name {
    case "startswith", "endswith":
      let parameters = try bind(arguments, ["affix", "start", "end"], required: 1, of: name)
      let part = text.slice(try range(parameters[1], parameters[2], count: text.count))
      var affixes = [parameters[0] ?? .none]
      if case .tuple(let elements)? = parameters[0] { affixes = elements.items }
      for affix in affixes {
        let affix = try self.text(affix, of: name)
        try charge(1 + affix.count / 32)
        if name == "startswith" ? part.hasPrefix(affix) : part.hasSuffix(affix) { return true }
      }
      return false
    default: break
    }
    guard name.hasPrefix("is") else { return nil }
    try charge(lookups: text.count)
    guard let answer = isAll(text, name) else { return nil }
    _ = try bind(arguments, [], required: 0, of: "str.\(name)")
    return answer
  }

  private func isAll(_ text: Text, _ name: String) -> Bool? {
    switch name {
    case "isalnum": return text.all(CodePoint.isAlphanumeric)
    case "isalpha": return text.all(CodePoint.isAlpha)
    case "isascii": return text.isEmpty || text.all { $0 & Text.scalarMask < 0x80 }
    case "isdecimal": return text.all(CodePoint.isDecimal)
    case "isdigit": return text.all(CodePoint.isDigit)
    case "isidentifier":
      guard !text.isEmpty, CodePoint.isIdentifierStart(text.units[0]) else { return false }
      return text.all(CodePoint.isIdentifierContinue)
    case "islower": return text.isLower
    case "isnumeric": return text.all(CodePoint.isNumeric)
    case "isprintable": return text.isEmpty || text.all(CodePoint.isPrintable)
    case "isspace": return text.all(CodePoint.isSpace)
    case "istitle": return text.isTitle
    case "isupper": return text.isUpper
    default: return nil
    }
  }

  private func split(
    _ text: Text,
    _ separator: Text?,
    limit: Int,
    fromRight: Bool
  ) throws(JinjaError) -> Value {
    // Splitting from the right is splitting the reversed text.
    let source = fromRight ? text.reversed : text
    var parts: [Text]
    if let separator {
      guard !separator.isEmpty else { throw valueError("empty separator") }
      try charge(1 + (text.count + separator.count) / 8)
      // More parts than a list may hold are an error below, so no more are made.
      parts = source.split(
        fromRight ? separator.reversed : separator,
        limit: min(limit, limits.elementCount)
      )
    } else {
      parts = source.splitAtBlanks(limit: limit, bound: limits.elementCount + 1)
    }
    if fromRight {
      parts.reverse()
      for index in parts.indices { parts[index] = parts[index].reversed }
    }
    try reserve(text: text.count)
    return try list(of: parts)
  }

  /// The items, which are strings, with `separator` between them.
  private func join(_ items: Value, with separator: Text) throws(JinjaError) -> Value {
    var result = Text()
    for (index, item) in try iterated(items).enumerated() {
      guard case .string(let part) = item else {
        throw typeError("sequence item \(index): expected str instance, \(item.typeName) found")
      }
      if index > 0 { try append(separator, to: &result) }
      try append(part, to: &result)
    }
    return .string(result)
  }

  private func partition(
    _ text: Text,
    _ name: String,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["sep"], required: 1, of: name)
    let separator = try self.text(parameters[0] ?? .none, of: name)
    guard !separator.isEmpty else { throw valueError("empty separator") }
    let isRight = name == "rpartition"
    guard let place = try place(of: separator, in: text, 0..<text.count, fromRight: isRight) else {
      let parts = isRight ? [Text(), Text(), text] : [text, Text(), Text()]
      return try tuple(parts.map { .string($0) })
    }
    let end = place + separator.count
    return try tuple([
      .string(text.slice(0..<place)), .string(text.slice(place..<end)),
      .string(text.slice(end..<text.count)),
    ])
  }

  private func search(
    _ text: Text,
    _ name: String,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["sub", "start", "end"], required: 1, of: name)
    let part = try self.text(parameters[0] ?? .none, of: name)
    let range = try range(parameters[1], parameters[2], count: text.count)
    if name == "count" {
      try charge(1 + (text.count + part.count) / 8)
      return .int(TextSearch(part).all(in: text.slice(range)).count)
    }
    let isRight = name.hasPrefix("r")
    if let place = try place(of: part, in: text, range, fromRight: isRight) {
      return .int(place)
    }
    if name.hasSuffix("index") { throw valueError("substring not found") }
    return .int(-1)
  }

  private func place(
    of part: Text,
    in text: Text,
    _ range: Range<Int>,
    fromRight: Bool
  ) throws(JinjaError) -> Int? {
    try charge(1 + (text.count + part.count) / 8)
    guard fromRight else {
      return TextSearch(part).first(in: text, from: range.lowerBound, to: range.upperBound)
    }
    let reversed = text.slice(range).reversed
    return TextSearch(part.reversed).first(in: reversed).map {
      range.upperBound - $0 - part.count
    }
  }
}
