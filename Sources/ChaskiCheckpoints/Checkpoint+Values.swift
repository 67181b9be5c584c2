// Owns: reading a checkpoint's keys as Swift values. Does not own: what the keys mean.

import ChaskiFiles

// Every reader comes twice: `int` gives nil for a missing key, `requireInt` throws; both throw for a value
// of another type, so nothing present is ever taken for absent.
extension Checkpoint {
  /// The integer of `key`, whichever its width, or nil without the key.
  package func int(_ key: String) throws -> Int? {
    try scalar(key, expected: "an integer") { $0.integer }
  }

  /// The number of `key` as a float (float64 is rounded, an integer must be exact), or nil without it.
  package func float(_ key: String) throws -> Float? {
    try scalar(key, expected: "a number") { $0.float }
  }

  /// The truth value of `key`, or nil without the key.
  package func bool(_ key: String) throws -> Bool? {
    try scalar(key, expected: "a bool") { if case .bool(let value) = $0 { value } else { nil } }
  }

  /// The text of `key`, which must be UTF-8, or nil without the key.
  package func string(_ key: String) throws -> String? {
    try scalar(key, expected: "UTF-8 text", \.text)
  }

  /// The integers of `key`, from an array; nil without the key or if it has a single value.
  package func ints(_ key: String) throws -> [Int]? {
    try list(key, expected: "an array of integers") { $0.integer }
  }

  /// The numbers of `key`, from an array; nil without the key or if it has a single value.
  package func floats(_ key: String) throws -> [Float]? {
    try list(key, expected: "an array of numbers") { $0.float }
  }

  /// The truth values of `key`, from an array; nil without the key or if it has a single value.
  package func bools(_ key: String) throws -> [Bool]? {
    try list(key, expected: "an array of bool") {
      if case .bool(let value) = $0 { value } else { nil }
    }
  }

  /// The texts of `key`, from an array; nil without the key or if it has a single value.
  package func strings(_ key: String) throws -> [String]? {
    try list(key, expected: "an array of UTF-8 text", \.text)
  }

  /// The integer of `key`; throws without the key.
  package func requireInt(_ key: String) throws -> Int {
    try required(try int(key), key, expected: "an integer")
  }

  /// The number of `key`; throws without the key.
  package func requireFloat(_ key: String) throws -> Float {
    try required(try float(key), key, expected: "a number")
  }

  /// The text of `key`; throws without the key.
  package func requireString(_ key: String) throws -> String {
    try required(try string(key), key, expected: "UTF-8 text")
  }

  private func required<Value>(_ value: Value?, _ key: String, expected: String) throws -> Value {
    guard let value else {
      throw FileError.missing(file: path, item: "key \(key)", expected: expected)
    }
    return value
  }

  private func scalar<Value>(
    _ key: String,
    expected: String,
    _ convert: (GGUFValue) -> Value?
  ) throws -> Value? {
    guard let value = try value(key, maximumElements: 1) else { return nil }
    guard let converted = convert(value) else { throw wrongType(key, value, expected) }
    return converted
  }

  private func list<Value>(
    _ key: String,
    expected: String,
    _ convert: (GGUFValue) -> Value?
  ) throws -> [Value]? {
    guard case .array(_, let elements)? = try value(key, maximumElements: maximumListLength) else {
      return nil
    }
    var values: [Value] = []
    values.reserveCapacity(elements.count)
    for element in elements {
      guard let value = convert(element) else { throw wrongType(key, element, expected) }
      values.append(value)
    }
    return values
  }

  private func wrongType(_ key: String, _ value: GGUFValue, _ expected: String) -> FileError {
    .wrongType(
      file: path,
      item: "key \(key)",
      expected: expected,
      found: value.type.description
    )
  }
}

/// No hyperparameter has so many elements: one a layer, or one a pair of a head.
///
/// Vocabularies have readers of their own.
private let maximumListLength = 65_536

extension GGUFValue {
  /// The text of a string, or nil if it is none or not UTF-8.
  fileprivate var text: String? {
    if case .string(let bytes) = self { String(validating: bytes, as: UTF8.self) } else { nil }
  }
}
