// Owns: reading a key's array from the mapping into one flat Swift array.
// Does not own: scalars and nested arrays (GGUFMetadata).

extension GGUFMetadata {
  /// The strings of `key`, joined: string i is `bytes[ends[i - 1]..<ends[i]]`; nil without the key.
  ///
  /// Two allocations for the whole array, however many strings; their bytes need not be UTF-8.
  package func stringArray(
    _ key: String
  ) throws(FileError) -> (bytes: [UInt8], ends: [Int])? {
    let expected = "an array of string"
    guard let entry = entry(key) else { return nil }
    guard entry.elementType == .string else { throw wrongType(entry, expected: expected) }
    var reader = ByteReader(file, at: entry.byteRange.lowerBound)
    let (_, count) = try arrayHeader(of: key, &reader)
    var bytes: [UInt8] = []
    var ends: [Int] = []
    // What the entry takes less its header and the strings' lengths.
    bytes.reserveCapacity(max(entry.byteRange.count - 12 - 8 * entry.count, 0))
    ends.reserveCapacity(entry.count)
    for _ in 0..<min(count, entry.count) {
      try reader.appendLengthPrefixed(to: &bytes, "key \(key)")
      ends.append(bytes.count)
    }
    return (bytes, ends)
  }

  /// The numbers of `key` as floats, from an array of float32 or float64 (rounded); nil without the key.
  package func floatArray(_ key: String) throws(FileError) -> [Float]? {
    try array(key, expected: "an array of float32 or float64") { type in
      switch type {
      case .float32:
        { (reader: inout ByteReader) throws(FileError) -> Float in
          Float(bitPattern: try reader.integer(UInt32.self, key))
        }
      case .float64:
        { (reader: inout ByteReader) throws(FileError) -> Float in
          Float(Double(bitPattern: try reader.integer(UInt64.self, key)))
        }
      default: nil
      }
    }
  }

  /// The integers of `key`, from an array of any integer type; nil without the key.
  ///
  /// Throws for a uint64 that `Int` cannot hold.
  package func intArray(_ key: String) throws(FileError) -> [Int]? {
    try array(key, expected: "an array of integers") { type in
      switch type {
      case .uint8: integer(UInt8.self, key)
      case .int8: integer(Int8.self, key)
      case .uint16: integer(UInt16.self, key)
      case .int16: integer(Int16.self, key)
      case .uint32: integer(UInt32.self, key)
      case .int32: integer(Int32.self, key)
      case .uint64: integer(UInt64.self, key)
      case .int64: integer(Int64.self, key)
      default: nil
      }
    }
  }

  /// The truth values of `key`; nil without the key.
  package func boolArray(_ key: String) throws(FileError) -> [Bool]? {
    try array(key, expected: "an array of bool") { type in
      guard type == .bool else { return nil }
      return { (reader: inout ByteReader) throws(FileError) -> Bool in
        try truth(of: key, &reader)
      }
    }
  }

  /// The strings of `key`, joined; throws without the key.
  package func requireStringArray(
    _ key: String
  ) throws(FileError) -> (bytes: [UInt8], ends: [Int]) {
    try required(try stringArray(key), key, expected: "an array of string")
  }

  /// The numbers of `key` as floats; throws without the key.
  package func requireFloatArray(_ key: String) throws(FileError) -> [Float] {
    try required(try floatArray(key), key, expected: "an array of float32 or float64")
  }

  /// The integers of `key`; throws without the key.
  package func requireIntArray(_ key: String) throws(FileError) -> [Int] {
    try required(try intArray(key), key, expected: "an array of integers")
  }

  /// The truth values of `key`; throws without the key.
  package func requireBoolArray(_ key: String) throws(FileError) -> [Bool] {
    try required(try boolArray(key), key, expected: "an array of bool")
  }

  private typealias Take<T> = (inout ByteReader) throws(FileError) -> T

  private func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type,
    _ key: String
  ) -> Take<Int> {
    { (reader: inout ByteReader) throws(FileError) -> Int in
      let offset = reader.offset
      let value = try reader.integer(T.self, key)
      guard let integer = Int(exactly: value) else {
        throw .invalid(
          file: file.path,
          item: "key \(key)",
          offset: offset,
          expected: "at most \(Int.max)",
          found: "\(value)"
        )
      }
      return integer
    }
  }

  /// Reads every element with what `take` gives for the element type, nil meaning that it is wrong.
  private func array<T>(
    _ key: String,
    expected: String,
    _ take: (GGUFValueType) -> Take<T>?
  ) throws(FileError) -> [T]? {
    guard let entry = entry(key) else { return nil }
    guard let elementType = entry.elementType, let take = take(elementType) else {
      throw wrongType(entry, expected: expected)
    }
    var reader = ByteReader(file, at: entry.byteRange.lowerBound)
    _ = try arrayHeader(of: key, &reader)
    var elements: [T] = []
    elements.reserveCapacity(entry.count)
    for _ in 0..<entry.count { elements.append(try take(&reader)) }
    return elements
  }
}
