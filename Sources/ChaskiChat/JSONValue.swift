// Owns: JSON as a value. Does not own its text, which JSONParser reads and JSONWriter writes.

/// A JSON value whose objects keep the order of their keys.
///
/// Templates print tool schemas in the order in which they were written, and models were trained
/// on that order, so it must survive.
package enum JSONValue: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number without fraction or exponent that fits 64 bits.
  case int(Int)
  /// Any other number.
  case double(Double)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object(JSONObject)

  /// The string, or nil if it is none.
  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The array's elements, or nil if it is none.
  package var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The object, or nil if it is none.
  package var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The value of a key, or nil if it is absent or this is no object.
  package subscript(key: String) -> JSONValue? { object?[key] }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }
  /// A boolean.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An integer.
  package init(integerLiteral value: Int) { self = .int(value) }
  /// A number.
  package init(floatLiteral value: Double) { self = .double(value) }
  /// An array.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object in the order written.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
  /// `null`.
  package init(nilLiteral: ()) { self = .null }
}
