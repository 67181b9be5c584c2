// Owns: reading the keys of a `config.json`. Does not own: what they mean for a model (families).

/// A model's `config.json`, or an object inside it.
///
/// A key whose value is null counts as absent, as it does for those who write these files.
package struct ModelConfiguration: Sendable {
  /// The file, for errors.
  package let file: String
  /// What stands before a key of an inner object, for errors.
  private let prefix: String
  private let values: [String: ConfigurationValue]

  /// A configuration with these values.
  package init(
    file: String,
    values: [String: ConfigurationValue],
    prefix: String = ""
  ) {
    self.file = file
    self.values = values
    self.prefix = prefix
  }

  /// The value of `key`, or nil.
  package subscript(key: String) -> ConfigurationValue? {
    guard let value = values[key], value != .null else { return nil }
    return value
  }

  /// Whether `key` is there and null, which for a few keys is not the same as absent.
  package func isNull(_ key: String) -> Bool { values[key] == .null }

  /// The object under `key`, or nil.
  package func nested(_ key: String) throws(CheckpointError) -> ModelConfiguration? {
    guard let value = self[key] else { return nil }
    guard case .object(let values) = value else { throw invalid(key, "an object", value) }
    return ModelConfiguration(file: file, values: values, prefix: prefix + key + ".")
  }

  /// The whole number of `key`, or nil.
  package func optionalInt(_ key: String) throws(CheckpointError) -> Int? {
    guard let value = self[key] else { return nil }
    switch value {
    case .integer(let integer): return integer
    case .number(let number):
      guard let integer = Int(exactly: number) else { break }
      return integer
    default: break
    }
    throw invalid(key, "a whole number", value)
  }

  /// The whole number of `key`, which lies in `range`: `default`, or an error, without the key.
  package func int(
    _ key: String,
    in range: ClosedRange<Int> = 1...Int(Int32.max),
    default: Int? = nil
  ) throws(CheckpointError) -> Int {
    guard let value = try optionalInt(key) ?? `default` else { throw missing(key) }
    guard range.contains(value) else {
      throw invalid(key, "between \(range.lowerBound) and \(range.upperBound)", .integer(value))
    }
    return value
  }

  /// The number of `key`, rounded to float32, or nil.
  package func optionalFloat(_ key: String) throws(CheckpointError) -> Float? {
    guard let value = self[key] else { return nil }
    guard let number = value.float else { throw invalid(key, "a finite number", value) }
    return number
  }

  /// The number of `key`, rounded to float32: `default`, or an error, without the key.
  package func float(_ key: String, default: Float? = nil) throws(CheckpointError) -> Float {
    guard let value = try optionalFloat(key) ?? `default` else { throw missing(key) }
    return value
  }

  /// The truth value of `key`; `default` without the key.
  package func bool(_ key: String, default: Bool) throws(CheckpointError) -> Bool {
    guard let value = self[key] else { return `default` }
    guard case .bool(let bool) = value else { throw invalid(key, "true or false", value) }
    return bool
  }

  /// The text of `key`, or nil.
  package func text(_ key: String) throws(CheckpointError) -> String? {
    guard let value = self[key] else { return nil }
    guard case .text(let text) = value else { throw invalid(key, "a text", value) }
    return text
  }

  /// The whole numbers of `key`, a list or a single one, or nil.
  package func ints(_ key: String) throws(CheckpointError) -> [Int]? {
    guard let value = self[key] else { return nil }
    guard case .list(let values) = value else { return [try int(key, in: .min ... .max)] }
    var integers: [Int] = []
    for element in values {
      guard case .integer(let integer) = element else { throw invalid(key, "whole numbers", value) }
      integers.append(integer)
    }
    return integers
  }

  /// The numbers of `key`, a list, or nil.
  package func floats(_ key: String) throws(CheckpointError) -> [Float]? {
    guard let value = self[key] else { return nil }
    guard case .list(let values) = value else { throw invalid(key, "a list of numbers", value) }
    var floats: [Float] = []
    for element in values {
      guard let number = element.float else { throw invalid(key, "finite numbers", value) }
      floats.append(number)
    }
    return floats
  }

  /// The texts of `key`, a list, or nil.
  package func texts(_ key: String) throws(CheckpointError) -> [String]? {
    guard let value = self[key] else { return nil }
    guard case .list(let values) = value else { throw invalid(key, "a list of texts", value) }
    var texts: [String] = []
    for element in values {
      guard case .text(let text) = element else { throw invalid(key, "texts", value) }
      texts.append(text)
    }
    return texts
  }

  /// The error for a value that makes no sense.
  package func invalid(
    _ key: String,
    _ expected: String,
    _ found: ConfigurationValue?
  ) -> CheckpointError {
    .invalidKey(
      file: file,
      key: prefix + key,
      expected: expected,
      found: found?.shown ?? "absent"
    )
  }

  private func missing(_ key: String) -> CheckpointError {
    .missingKey(file: file, key: prefix + key)
  }
}

extension ConfigurationValue {
  /// The number as float32, or nil if it is none, or not finite there.
  fileprivate var float: Float? {
    switch self {
    case .integer(let integer): Float(integer)
    case .number(let number) where Float(number).isFinite: Float(number)
    default: nil
    }
  }
}
