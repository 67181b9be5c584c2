// Owns: arithmetic with Python's results. Integers have 64 bits; leaving them is an error.

import Foundation

extension Renderer {
  func calculate(
    _ operation: Expression.ArithmeticOperator,
    _ left: Value,
    _ right: Value
  ) throws(JinjaError) -> Value {
    if case .undefined(let undefined) = left { throw undefinedError(undefined) }
    if case .string(let format) = left, operation == .modulo {
      return .string(try formatted(format, with: right))
    }
    if case .undefined(let undefined) = right { throw undefinedError(undefined) }
    if let a = left.asInt, let b = right.asInt { return try calculate(operation, a, b) }
    if let a = left.asDouble, let b = right.asDouble { return try calculate(operation, a, b) }
    switch operation {
    case .add: return try sum(left, right)
    case .multiply:
      if let count = right.asInt { return try repeated(left, count) }
      if let count = left.asInt { return try repeated(right, count) }
    default: break
    }
    throw unsupported(operation.rawValue, left, right)
  }

  private func unsupported(_ operation: String, _ left: Value, _ right: Value) -> JinjaError {
    typeError(
      "unsupported operand type(s) for \(operation): '\(left.typeName)' and '\(right.typeName)'"
    )
  }

  private func sum(_ left: Value, _ right: Value) throws(JinjaError) -> Value {
    switch (left, right) {
    case (.string(var a), .string(let b)):
      try reserve(text: a.count + b.count)
      a.append(b)
      return .string(a)
    case (.list(let a), .list(let b)):
      try reserve(elements: a.items.count + b.items.count)
      return try list(a.items + b.items)
    case (.tuple(let a), .tuple(let b)):
      try reserve(elements: a.items.count + b.items.count)
      return try tuple(a.items + b.items)
    case (.string, _):
      throw typeError("can only concatenate str (not \"\(right.typeName)\") to str")
    case (.list, _):
      throw typeError("can only concatenate list (not \"\(right.typeName)\") to list")
    case (.tuple, _):
      throw typeError("can only concatenate tuple (not \"\(right.typeName)\") to tuple")
    default: throw unsupported("+", left, right)
    }
  }

  private func repeated(_ value: Value, _ count: Int) throws(JinjaError) -> Value {
    let times = max(0, count)
    func total(_ size: Int) -> Int? {
      let (product, overflow) = size.multipliedReportingOverflow(by: times)
      return overflow ? nil : product
    }
    switch value {
    case .string(let text):
      try reserve(text: total(text.count))
      var result = Text()
      result.units.reserveCapacity(text.count * times)
      if !text.isEmpty { for _ in 0..<times { result.append(text) } }
      return .string(result)
    case .list(let elements):
      return try list(try repeated(elements.items, times, total(elements.items.count)))
    case .tuple(let elements):
      return try tuple(try repeated(elements.items, times, total(elements.items.count)))
    default: throw typeError("can't multiply sequence by non-int of type '\(value.typeName)'")
    }
  }

  private func repeated(
    _ items: [Value],
    _ times: Int,
    _ total: Int?
  ) throws(JinjaError) -> [Value] {
    try reserve(elements: total)
    var result: [Value] = []
    if !items.isEmpty { for _ in 0..<times { result += items } }
    return result
  }

  private func fitting(_ result: (partialValue: Int, overflow: Bool)) throws(JinjaError) -> Value {
    if result.overflow { throw arithmeticError("the integer result does not fit in 64 bits") }
    return .int(result.partialValue)
  }

  private func calculate(
    _ operation: Expression.ArithmeticOperator,
    _ a: Int,
    _ b: Int
  ) throws(JinjaError) -> Value {
    switch operation {
    case .add: return try fitting(a.addingReportingOverflow(b))
    case .subtract: return try fitting(a.subtractingReportingOverflow(b))
    case .multiply: return try fitting(a.multipliedReportingOverflow(by: b))
    case .divide:
      guard b != 0 else { throw arithmeticError("division by zero") }
      return .double(Double(a) / Double(b))
    case .floorDivide:
      guard b != 0 else { throw arithmeticError("integer division or modulo by zero") }
      let (quotient, overflow) = a.dividedReportingOverflow(by: b)
      let isInexactNegative = !overflow && a % b != 0 && (a < 0) != (b < 0)
      return try fitting((isInexactNegative ? quotient - 1 : quotient, overflow))
    case .modulo:
      guard b != 0 else { throw arithmeticError("integer modulo by zero") }
      let remainder = a.remainderReportingOverflow(dividingBy: b).partialValue
      return .int(remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder)
    case .power: return try power(a, b)
    }
  }

  private func power(_ base: Int, _ exponent: Int) throws(JinjaError) -> Value {
    guard exponent >= 0 else { return try power(Double(base), Double(exponent)) }
    var result = 1
    var square = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 {
        let (product, overflow) = result.multipliedReportingOverflow(by: square)
        if overflow { return try fitting((product, true)) }
        result = product
      }
      rest >>= 1
      if rest > 0 {
        let (product, overflow) = square.multipliedReportingOverflow(by: square)
        if overflow { return try fitting((product, true)) }
        square = product
      }
    }
    return .int(result)
  }

  private func power(_ base: Double, _ exponent: Double) throws(JinjaError) -> Value {
    if base == 0, exponent < 0 {
      throw arithmeticError("0.0 cannot be raised to a negative power")
    }
    if base < 0, base.isFinite, exponent.isFinite, exponent.rounded() != exponent {
      throw arithmeticError("a negative number has no real power of \(exponent)")
    }
    let result = pow(base, exponent)
    if result.isInfinite, base.isFinite, exponent.isFinite {
      throw arithmeticError("the result of ** is too large")
    }
    return .double(result)
  }

  private func calculate(
    _ operation: Expression.ArithmeticOperator,
    _ a: Double,
    _ b: Double
  ) throws(JinjaError) -> Value {
    switch operation {
    case .add: return .double(a + b)
    case .subtract: return .double(a - b)
    case .multiply: return .double(a * b)
    case .divide:
      guard b != 0 else { throw arithmeticError("float division by zero") }
      return .double(a / b)
    case .floorDivide:
      guard b != 0 else { throw arithmeticError("float floor division by zero") }
      return .double(Self.floorDivision(a, b).quotient)
    case .modulo:
      guard b != 0 else { throw arithmeticError("float modulo") }
      return .double(Self.floorDivision(a, b).remainder)
    case .power: return try power(a, b)
    }
  }

  // The remainder takes the divisor's sign; the quotient is the integer that goes with it.
  private static func floorDivision(
    _ a: Double,
    _ b: Double
  ) -> (quotient: Double, remainder: Double) {
    var remainder = fmod(a, b)
    var quotient = (a - remainder) / b
    if remainder != 0 {
      if (b < 0) != (remainder < 0) {
        remainder += b
        quotient -= 1
      }
    } else {
      remainder = b < 0 ? -0.0 : 0.0
    }
    guard quotient != 0 else { return ((a / b).sign == .minus ? -0.0 : 0.0, remainder) }
    let floor = quotient.rounded(.down)
    return (quotient - floor > 0.5 ? floor + 1 : floor, remainder)
  }

  func negated(_ value: Value) throws(JinjaError) -> Value {
    if let integer = value.asInt {
      return try fitting((0 as Int).subtractingReportingOverflow(integer))
    }
    if case .double(let number) = value { return .double(-number) }
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    throw typeError("bad operand type for unary -: '\(value.typeName)'")
  }

  func plus(_ value: Value) throws(JinjaError) -> Value {
    if let integer = value.asInt { return .int(integer) }
    if case .double = value { return value }
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    throw typeError("bad operand type for unary +: '\(value.typeName)'")
  }
}
