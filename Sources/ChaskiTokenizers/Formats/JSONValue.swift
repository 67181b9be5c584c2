// Owns: JSON as a tree over its bytes. Not what a tokenizer's JSON means.

/// A JSON value whose strings are bytes.
///
/// Not Foundation's: a dictionary keyed by `String` takes precomposed and decomposed letters for one key, and a
/// vocabulary has both. Source: RFC 8259.
enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// A number written without fraction or exponent, if it is not too long.
  case integer(Int)
  case number(Double)
  case string([UInt8])
  case array([JSONValue])
  /// Members in order; a name may come twice.
  case object([(name: [UInt8], value: JSONValue)])
}

extension JSONValue {
  /// The first member of that name.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.elementsEqual(name.utf8) }?.value
  }

  /// The value, unless it is null.
  var present: JSONValue? {
    if case .null = self { nil } else { self }
  }

  var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  var integer: Int? {
    if case .integer(let value) = self { value } else { nil }
  }

  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  var bytes: [UInt8]? {
    if case .string(let value) = self { value } else { nil }
  }

  /// A string as text.
  var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  var array: [JSONValue]? {
    if case .array(let values) = self { values } else { nil }
  }

  var members: [(name: [UInt8], value: JSONValue)]? {
    if case .object(let members) = self { members } else { nil }
  }
}
