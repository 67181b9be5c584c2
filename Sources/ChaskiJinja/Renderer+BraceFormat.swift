// Owns: `str.format` and its fields.

extension Renderer {
  func braceFormatted(
    _ format: Text,
    _ arguments: Arguments,
    mapping: DictionaryValue? = nil
  ) throws(JinjaError) -> Text {
    var automatic = 0
    return try braceFormatted(format, arguments, mapping, &automatic, level: 0)
  }

  private func braceFormatted(
    _ format: Text,
    _ arguments: Arguments,
    _ mapping: DictionaryValue?,
    _ automatic: inout Int,
    level: Int
  ) throws(JinjaError) -> Text {
    // A field's format may itself hold fields, once.
    guard level < 2 else { throw valueError("Max string recursion exceeded") }
    var result = Text()
    var index = 0
    while index < format.count {
      let scalar = format.scalar(index)
      guard scalar == 0x7B || scalar == 0x7D else {
        result.units.append(format.units[index])
        index += 1
        continue
      }
      if index + 1 < format.count, format.scalar(index + 1) == scalar {
        result.units.append(format.units[index])
        index += 2
        continue
      }
      guard scalar == 0x7B else {
        throw valueError("Single '}' encountered in format string")
      }
      let end = try fieldEnd(format, index + 1)
      let field = format.slice(index + 1..<end)
      let part = try formattedField(field, arguments, mapping, &automatic, level: level)
      try append(part, to: &result)
      index = end + 1
    }
    return result
  }

  private func fieldEnd(_ format: Text, _ start: Int) throws(JinjaError) -> Int {
    var open = 1
    var index = start
    while index < format.count {
      if format.scalar(index) == 0x7B { open += 1 }
      if format.scalar(index) == 0x7D { open -= 1 }
      if open == 0 { return index }
      index += 1
    }
    throw valueError("expected '}' before end of string")
  }

  private func formattedField(
    _ field: Text,
    _ arguments: Arguments,
    _ mapping: DictionaryValue?,
    _ automatic: inout Int,
    level: Int
  ) throws(JinjaError) -> Text {
    var nameEnd = 0
    var bracket = false
    while nameEnd < field.count {
      let scalar = field.scalar(nameEnd)
      if scalar == 0x5B { bracket = true }
      if scalar == 0x5D { bracket = false }
      if !bracket, scalar == 0x3A || scalar == 0x21 { break }
      nameEnd += 1
    }
    var rest = field.slice(nameEnd..<field.count)
    var conversion: UInt32?
    if !rest.isEmpty, rest.scalar(0) == 0x21 {
      guard rest.count >= 2, rest.count == 2 || rest.scalar(2) == 0x3A else {
        throw valueError("expected ':' after conversion specifier")
      }
      conversion = rest.scalar(1)
      rest = rest.slice(2..<rest.count)
    }
    var value = try fieldValue(field.slice(0..<nameEnd), arguments, mapping, &automatic)
    switch conversion {
    case nil: break
    case 0x72: value = .string(try representation(value))
    case 0x73: value = .string(try string(value))
    default: throw valueError("unknown conversion specifier in a format")
    }
    guard !rest.isEmpty else { return try string(value) }
    let format = try braceFormatted(
      rest.slice(1..<rest.count),
      arguments,
      mapping,
      &automatic,
      level: level + 1
    )
    return try formatted(value, specification: format)
  }

  private func fieldValue(
    _ name: Text,
    _ arguments: Arguments,
    _ mapping: DictionaryValue?,
    _ automatic: inout Int
  ) throws(JinjaError) -> Value {
    func isAccess(_ index: Int) -> Bool { [0x2E, 0x5B].contains(name.scalar(index)) }
    var index = 0
    while index < name.count, !isAccess(index) { index += 1 }
    var value = try argument(name.slice(0..<index), arguments, mapping, &automatic)
    while index < name.count {
      let isAttribute = name.scalar(index) == 0x2E
      let start = index + 1
      index = start
      if isAttribute {
        while index < name.count, !isAccess(index) { index += 1 }
        value = try attribute(name.slice(start..<index).string, of: value)
      } else {
        while index < name.count, name.scalar(index) != 0x5D { index += 1 }
        guard index < name.count else { throw valueError("Missing ']' in format string") }
        let key = name.slice(start..<index)
        let number = key.all(CodePoint.isDecimal) ? Int(key.string) : nil
        value = try item(number.map { .int($0) } ?? .string(key), of: value)
        index += 1
      }
    }
    return value
  }

  private func argument(
    _ name: Text,
    _ arguments: Arguments,
    _ mapping: DictionaryValue?,
    _ automatic: inout Int
  ) throws(JinjaError) -> Value {
    if name.isEmpty || name.all(CodePoint.isDecimal) {
      let index = name.isEmpty ? automatic : Int(name.string) ?? .max
      if name.isEmpty { automatic += 1 }
      guard arguments.positional.indices.contains(index) else {
        throw valueError(
          "Replacement index \(index) out of range for positional args tuple"
        )
      }
      return arguments.positional[index]
    }
    let text = name.string
    if let mapping, let value = mapping[name] { return value }
    for (argument, value) in arguments.named where argument == text { return value }
    throw valueError("the format's key '\(text)' is not given")
  }

  private func formatted(
    _ value: Value,
    specification: Text
  ) throws(JinjaError) -> Text {
    guard !specification.isEmpty else { return try string(value) }
    var field = try fieldFormat(specification)
    switch value {
    case .string(var text):
      guard field.type == nil || field.type == "s" else { throw unknownCode(field, value) }
      if let precision = field.precision, text.count > precision {
        text = text.slice(0..<precision)
      }
      return field.padded(text, default: .left)
    case .bool, .int:
      guard let integer = value.asInt else { break }
      if field.type == "c" {
        guard let scalar = UInt32(exactly: integer), scalar < 0x11_0000 else { break }
        return field.padded(Text(units: [scalar]), default: .left)
      }
      if let type = field.type, "eEfFgG%".contains(type) {
        if let text = field.formatted(Double(integer)) { return text }
      }
      field.precision = nil
      if let text = field.formatted(integer) { return text }
      throw unknownCode(field, value)
    case .double(let number):
      if let text = field.formatted(number) { return text }
      throw unknownCode(field, value)
    default: break
    }
    throw typeError("unsupported format string passed to \(value.typeName).__format__")
  }

  private func unknownCode(_ field: FieldFormat, _ value: Value) -> JinjaError {
    valueError(
      "Unknown format code '\(field.type ?? "?")' for object of type '\(value.typeName)'"
    )
  }

  private func fieldFormat(_ specification: Text) throws(JinjaError) -> FieldFormat {
    let alignments: [UInt32: FieldFormat.Alignment] = [
      0x3C: .left, 0x3E: .right, 0x5E: .center, 0x3D: .afterSign,
    ]
    var field = FieldFormat()
    var index = 0
    func scalar() -> UInt32 { index < specification.count ? specification.scalar(index) : 0 }
    if specification.count > 1, let alignment = alignments[specification.scalar(1)] {
      field.fill = specification.units[0]
      field.alignment = alignment
      index = 2
    } else if let alignment = alignments[scalar()] {
      field.alignment = alignment
      index = 1
    }
    if [0x2B, 0x2D, 0x20].contains(scalar()) {
      field.sign = scalar() == 0x2B ? "+" : scalar() == 0x20 ? " " : ""
      index += 1
    }
    if scalar() == 0x23 {
      field.isAlternate = true
      index += 1
    }
    if scalar() == 0x30 {
      if field.alignment == nil {
        field.fill = 0x30
        field.alignment = .afterSign
      }
      index += 1
    }
    func number() throws(JinjaError) -> Int? {
      var number: Int?
      while (0x30...0x39).contains(scalar()) {
        number = try checkedWidth((number ?? 0) * 10 + Int(scalar() - 0x30))
        index += 1
      }
      return number
    }
    field.width = try number() ?? 0
    if scalar() == 0x2C || scalar() == 0x5F {
      field.grouping = scalar() == 0x2C ? "," : "_"
      index += 1
    }
    if scalar() == 0x2E {
      index += 1
      guard let precision = try number() else {
        throw valueError("Format specifier missing precision")
      }
      field.precision = precision
    }
    if index < specification.count {
      field.type = Character(Text.unicodeScalar(scalar()))
      index += 1
    }
    guard index == specification.count else { throw valueError("Invalid format specifier") }
    return field
  }
}
