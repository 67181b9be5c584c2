// Owns: the filters that make numbers or print them.

import Foundation

extension Renderer {
  func applyNumberFilter(
    _ filter: BuiltinFilter,
    to value: Value,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    switch filter {
    case .abs:
      if let integer = value.asInt { return integer < 0 ? try negated(value) : .int(integer) }
      if case .double(let number) = value { return .double(Swift.abs(number)) }
      if case .undefined(let undefined) = value { throw undefinedError(undefined) }
      throw typeError("bad operand type for abs(): '\(value.typeName)'")
    case .int: return try converted(toInt: value, arguments)
    case .float:
      let parameters = try bind(arguments, ["default"], required: 0, of: "float")
      if let number = try number(value) { return .double(number) }
      return parameters[0] ?? .double(0)
    case .round: return try rounded(value, arguments)
    case .filesizeformat: return Value(try fileSize(value, arguments))
    default: throw typeError("No filter named '\(filter.rawValue)'.")
    }
  }

  // Python's `float(value)`, or nil where it fails.
  private func number(_ value: Value) throws(JinjaError) -> Double? {
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    if case .string(let text) = value {
      try reserve(text: text.count * 4)
      return PythonNumber.double(text)
    }
    return value.asDouble
  }

  private func converted(toInt value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["default", "base"], required: 0, of: "int")
    if let integer = value.asInt { return .int(integer) }
    if case .string(let text) = value {
      try reserve(text: text.count * 4)
      let base = try integer(parameters[1] ?? .int(10))
      if let integer = PythonNumber.integer(text, base: base) { return .int(integer) }
    }
    guard let number = try number(value), number.isFinite else {
      return parameters[0] ?? .int(0)
    }
    guard let integer = Int(exactly: number.rounded(.towardZero)) else {
      throw arithmeticError("the integer does not fit in 64 bits")
    }
    return .int(integer)
  }

  private func rounded(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["precision", "method"], required: 0, of: "round")
    let precision = try checkedWidth(try integer(parameters[0] ?? .int(0)))
    let method = try name(parameters[1] ?? Value("common"), of: "round")
    guard ["common", "ceil", "floor"].contains(method) else {
      throw valueError("method must be common, ceil or floor")
    }
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    guard let number = value.asDouble else {
      throw typeError("type \(value.typeName) doesn't define __round__ method")
    }
    if method != "common" {
      let scale = pow(10, Double(precision))
      let scaled = number * scale
      guard scaled.isFinite, scale > 0 else {
        throw arithmeticError("the number cannot be rounded to an integer")
      }
      return .double(scaled.rounded(method == "ceil" ? .up : .down) / scale)
    }
    if let integer = value.asInt { return try rounded(integer, precision) }
    return .double(Self.rounded(number, precision))
  }

  private func rounded(_ integer: Int, _ precision: Int) throws(JinjaError) -> Value {
    guard precision < 0 else { return .int(integer) }
    guard precision > -19 else { return .int(0) }
    var unit = 1
    for _ in 0..<(-precision) { unit *= 10 }
    // The unit is at most 10^18, so twice the rest of a division by it fits.
    let quotient = integer / unit
    let rest = integer % unit
    let isAway = abs(rest) * 2 > unit || (abs(rest) * 2 == unit && quotient % 2 != 0)
    let (result, overflow) = (integer - rest).addingReportingOverflow(
      isAway ? unit * rest.signum() : 0
    )
    if overflow { throw arithmeticError("the integer result does not fit in 64 bits") }
    return .int(result)
  }

  // Half to even on the exact decimal value, as Python's `round` does.
  private static func rounded(_ number: Double, _ precision: Int) -> Double {
    guard number.isFinite, number != 0 else { return number }
    guard precision >= 0 else {
      guard precision > -310 else { return number < 0 ? -0.0 : 0 }
      let scale = pow(10, Double(-precision))
      return (number / scale).rounded(.toNearestOrEven) * scale
    }
    let text = DecimalExpansion(number.magnitude).fixed(precision)
    let magnitude = Double(text) ?? number.magnitude
    return number < 0 ? -magnitude : magnitude
  }

  private func fileSize(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> String {
    let parameters = try bind(arguments, ["binary"], required: 0, of: "filesizeformat")
    let isBinary = try isTrue(parameters[0] ?? .none)
    guard let bytes = try number(value), bytes.isFinite else {
      throw valueError("filesizeformat expects a number")
    }
    let base: Double = isBinary ? 1024 : 1000
    if bytes == 1 { return "1 Byte" }
    if bytes < base {
      let sign = bytes <= -1 ? "-" : ""
      return "\(sign)\(DecimalExpansion(bytes.rounded(.towardZero).magnitude).fixed(0)) Bytes"
    }
    var prefixes = Substring(isBinary ? "KMGTPEZY" : "kMGTPEZY")
    var unit = base * base
    while bytes >= unit, prefixes.count > 1 {
      unit *= base
      prefixes.removeFirst()
    }
    let amount = DecimalExpansion((base * bytes / unit).magnitude).fixed(1)
    return "\(amount) \(prefixes.prefix(1))\(isBinary ? "i" : "")B"
  }
}
