// Owns: looking up a GGUF file's keys and reading their scalar values from the mapping.
// Does not own: arrays (GGUFMetadata+Arrays), what the keys mean for a model (hyperparameters).

/// The keys of a GGUF file in file order, with values read from the mapping when asked for.
///
/// Every accessor comes twice: `int` gives nil for a missing key, `requireInt` throws; both throw for
/// a value of another type, so nothing present is ever taken for absent.
package struct GGUFMetadata: Sendable {
  /// A key and where its value lies.
  package struct Entry: Sendable, Hashable {
    /// The key's name.
    package let key: String
    /// The value's type.
    package let type: GGUFValueType
    /// The type of an array's elements; nil for other values.
    package let elementType: GGUFValueType?
    /// Elements of an array; 1 for other values.
    package let count: Int
    /// The value's bytes in the file, after its type.
    let byteRange: Range<Int>

    /// The type in words, such as `array of string`.
    package var typeDescription: String {
      elementType.map { "array of \($0)" } ?? type.description
    }
  }

  /// All keys, in the file's order.
  package let entries: [Entry]
  let file: MappedFile
  private let indices: [String: Int]

  init(file: MappedFile, entries: [Entry], indices: [String: Int]) {
    self.file = file
    self.entries = entries
    self.indices = indices
  }

  /// The names of all keys, in the file's order.
  package var keys: [String] { entries.map(\.key) }

  /// The entry of `key`, or nil if the file lacks it.
  package func entry(_ key: String) -> Entry? { indices[key].map { entries[$0] } }

  /// Whether the file has `key`.
  package func contains(_ key: String) -> Bool { indices[key] != nil }
}

// MARK: - Scalars

extension GGUFMetadata {
  /// The integer of `key`, whichever its width, or nil without the key.
  package func int(_ key: String) throws(FileError) -> Int? {
    try scalar(key, expected: "an integer") { $0.integer }
  }

  /// The number of `key` as a float (float64 is rounded, an integer must be exact), or nil without it.
  package func float(_ key: String) throws(FileError) -> Float? {
    try scalar(key, expected: "a number") { $0.float }
  }

  /// The truth value of `key`, or nil without the key.
  package func bool(_ key: String) throws(FileError) -> Bool? {
    try scalar(key, expected: "a bool") { if case .bool(let value) = $0 { value } else { nil } }
  }

  /// The text of `key`, which must be UTF-8, or nil without the key.
  package func string(_ key: String) throws(FileError) -> String? {
    try scalar(key, expected: "UTF-8 text") {
      if case .string(let bytes) = $0 { String(validating: bytes, as: UTF8.self) } else { nil }
    }
  }

  /// The integer of `key`; throws without the key.
  package func requireInt(_ key: String) throws(FileError) -> Int {
    try required(try int(key), key, expected: "an integer")
  }

  /// The number of `key` as a float; throws without the key.
  package func requireFloat(_ key: String) throws(FileError) -> Float {
    try required(try float(key), key, expected: "a number")
  }

  /// The truth value of `key`; throws without the key.
  package func requireBool(_ key: String) throws(FileError) -> Bool {
    try required(try bool(key), key, expected: "a bool")
  }

  /// The text of `key`; throws without the key.
  package func requireString(_ key: String) throws(FileError) -> String {
    try required(try string(key), key, expected: "UTF-8 text")
  }

  func required<T>(_ value: T?, _ key: String, expected: String) throws(FileError) -> T {
    guard let value else { throw .missing(file: file.path, item: "key \(key)", expected: expected) }
    return value
  }

  func wrongType(_ entry: Entry, expected: String) -> FileError {
    .wrongType(
      file: file.path,
      item: "key \(entry.key)",
      expected: expected,
      found: entry.typeDescription
    )
  }

  private func scalar<T>(
    _ key: String,
    expected: String,
    _ convert: (GGUFValue) -> T?
  ) throws(FileError) -> T? {
    guard let entry = entry(key) else { return nil }
    guard entry.type != .array else { throw wrongType(entry, expected: expected) }
    let value = try value(entry, maximumElements: 1)
    if let converted = convert(value) { return converted }
    throw wrongType(entry, expected: expected)
  }
}

// MARK: - Whole values

extension GGUFMetadata {
  /// The value of `entry`, with at most `maximumElements` array elements in all.
  ///
  /// An array may come out shorter than `entry.count`. Costs an enum per element: for a few elements
  /// to show, and for small arrays.
  package func value(_ entry: Entry, maximumElements: Int) throws(FileError) -> GGUFValue {
    var reader = ByteReader(file, at: entry.byteRange.lowerBound)
    var elementsLeft = maximumElements
    return try value(entry.type, of: entry.key, &reader, &elementsLeft)
  }

  private func value(
    _ type: GGUFValueType,
    of key: String,
    _ reader: inout ByteReader,
    _ elementsLeft: inout Int
  ) throws(FileError) -> GGUFValue {
    switch type {
    case .uint8: return .uint8(try reader.integer(UInt8.self, key))
    case .int8: return .int8(try reader.integer(Int8.self, key))
    case .uint16: return .uint16(try reader.integer(UInt16.self, key))
    case .int16: return .int16(try reader.integer(Int16.self, key))
    case .uint32: return .uint32(try reader.integer(UInt32.self, key))
    case .int32: return .int32(try reader.integer(Int32.self, key))
    case .uint64: return .uint64(try reader.integer(UInt64.self, key))
    case .int64: return .int64(try reader.integer(Int64.self, key))
    case .float32: return .float32(Float(bitPattern: try reader.integer(UInt32.self, key)))
    case .float64: return .float64(Double(bitPattern: try reader.integer(UInt64.self, key)))
    case .bool: return .bool(try truth(of: key, &reader))
    case .string:
      var bytes: [UInt8] = []
      try reader.appendLengthPrefixed(to: &bytes, key)
      return .string(bytes)
    case .array: return try array(of: key, &reader, &elementsLeft)
    }
  }

  /// Takes a bool, which the format allows only as 0 or 1.
  func truth(of key: String, _ reader: inout ByteReader) throws(FileError) -> Bool {
    let offset = reader.offset
    let byte = try reader.integer(UInt8.self, key)
    guard byte <= 1 else {
      throw .invalid(
        file: file.path,
        item: "key \(key)",
        offset: offset,
        expected: "0 or 1",
        found: "\(byte)"
      )
    }
    return byte == 1
  }

  // Recursion ends: opening the file checked that arrays nest no deeper than the limit.
  private func array(
    of key: String,
    _ reader: inout ByteReader,
    _ elementsLeft: inout Int
  ) throws(FileError) -> GGUFValue {
    let (elementType, count) = try arrayHeader(of: key, &reader)
    var elements: [GGUFValue] = []
    while elements.count < count, elementsLeft > 0 {
      elementsLeft -= 1
      elements.append(try value(elementType, of: key, &reader, &elementsLeft))
    }
    return .array(elementType, elements)
  }

  func arrayHeader(
    of key: String,
    _ reader: inout ByteReader
  ) throws(FileError) -> (elementType: GGUFValueType, count: Int) {
    let offset = reader.offset
    let id = try reader.integer(UInt32.self, key)
    let count = try reader.integer(UInt64.self, key)
    guard let type = GGUFValueType(rawValue: id), let count = Int(exactly: count) else {
      // Opening found both in order, so the file was changed in place since.
      throw .invalid(
        file: file.path,
        item: "key \(key)",
        offset: offset,
        expected: "as it was when opened",
        found: "changed"
      )
    }
    return (type, count)
  }
}
