// Owns: reading the header of one GGUF file, and its keys. Every number is checked before it is used
// or anything is allocated for it.
// Does not own: the tensors (GGUFParser+Tensors), joining the parts of a split file (GGUFSplit,
// GGUFFile), values of keys (GGUFMetadata).

/// One parsed GGUF file, alone or as a part.
struct GGUFPart: Sendable {
  let file: MappedFile
  let version: Int
  let alignment: Int
  let metadata: GGUFMetadata
  let tensors: [GGUFTensor]
}

/// Parses one mapped GGUF file from front to back.
///
/// Source: GGUF specification (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Stricter
/// than some readers: see docs/limits.md.
struct GGUFParser {
  let file: MappedFile
  var reader: ByteReader
  private var textLeft = GGUFLimits.textBytes

  private init(_ file: MappedFile) {
    self.file = file
    self.reader = ByteReader(file)
  }

  /// The content of `file`; throws for anything that breaks the format.
  static func parse(_ file: MappedFile) throws(FileError) -> GGUFPart {
    var parser = GGUFParser(file)
    return try parser.part()
  }

  private mutating func part() throws(FileError) -> GGUFPart {
    let version = try self.version()
    // 25 bytes: a name of one byte with its length, no dimensions but their count, type and offset.
    let tensorCount = try count("the tensor count", limit: GGUFLimits.tensors, minimum: 25)
    // 14 bytes: a key of one byte with its length, its type and a value of one byte.
    let keyCount = try count("the key count", limit: GGUFLimits.keys, minimum: 14)
    let metadata = try self.metadata(count: keyCount)
    let alignment = try self.alignment(metadata)
    let tensors = try self.tensors(count: tensorCount, alignment: alignment)
    return GGUFPart(
      file: file,
      version: version,
      alignment: alignment,
      metadata: metadata,
      tensors: tensors
    )
  }

  private mutating func version() throws(FileError) -> Int {
    let magic = try reader.bytes(4, "the format's mark")
    guard magic == Array("GGUF".utf8) else {
      throw .unknownFormat(file: file.path, expected: "a GGUF file", found: magic)
    }
    let version = try reader.integer(UInt32.self, "the version")
    if version == 2 || version == 3 { return Int(version) }
    // A big-endian file differs only in the order of its numbers' bytes, and the version is the first.
    guard !(1...3).contains(version.byteSwapped) else { throw .bigEndian(file: file.path) }
    throw .unsupportedVersion(file: file.path, expected: "GGUF version 2 or 3", found: version)
  }

  /// Takes a count of entries that each need at least `minimum` bytes.
  private mutating func count(
    _ item: String,
    limit: Int,
    minimum: Int
  ) throws(FileError) -> Int {
    let offset = reader.offset
    let count = try reader.integer(UInt64.self, item)
    try check(count, item, offset: offset, limit: limit, minimum: minimum)
    return Int(count)
  }

  private func check(
    _ count: UInt64,
    _ item: @autoclosure () -> String,
    offset: Int,
    limit: Int,
    minimum: Int
  ) throws(FileError) {
    guard count <= UInt64(reader.left / minimum) else {
      let needed = count.multipliedReportingOverflow(by: UInt64(minimum))
      throw .truncated(
        file: file.path,
        item: item(),
        offset: offset,
        needed: needed.overflow ? .max : needed.partialValue,
        left: reader.left
      )
    }
    guard count <= UInt64(limit) else {
      throw .overLimit(
        file: file.path,
        item: item(),
        offset: offset,
        limit: limit,
        found: count
      )
    }
  }

  /// Takes a key or tensor name: not empty, valid UTF-8, and within the budget of text.
  mutating func name(
    _ item: @autoclosure () -> String,
    limit: Int
  ) throws(FileError) -> String {
    let offset = reader.offset
    let name = try reader.string(limit: min(limit, textLeft), item())
    textLeft -= name.utf8.count
    guard !name.isEmpty else {
      throw .invalid(
        file: file.path,
        item: item(),
        offset: offset,
        expected: "at least one byte long",
        found: "empty"
      )
    }
    return name
  }
}

// MARK: - Metadata

extension GGUFParser {
  private mutating func metadata(count: Int) throws(FileError) -> GGUFMetadata {
    var entries: [GGUFMetadata.Entry] = []
    var indices: [String: Int] = [:]
    entries.reserveCapacity(count)
    indices.reserveCapacity(count)
    for index in 0..<count {
      let start = reader.offset
      let key = try name("the name of key \(index)", limit: GGUFLimits.keyBytes)
      guard indices.updateValue(index, forKey: key) == nil else {
        throw .duplicate(file: file.path, item: "key \(key)", offset: start)
      }
      entries.append(try entry(key))
    }
    return GGUFMetadata(file: file, entries: entries, indices: indices)
  }

  private mutating func entry(_ key: String) throws(FileError) -> GGUFMetadata.Entry {
    let type = try valueType("the type of key \(key)")
    let start = reader.offset
    let (elementType, count) = try skipValue(type, key: key, depth: 0)
    return GGUFMetadata.Entry(
      key: key,
      type: type,
      elementType: elementType,
      count: count,
      byteRange: start..<reader.offset
    )
  }

  private mutating func valueType(
    _ item: @autoclosure () -> String
  ) throws(FileError) -> GGUFValueType {
    let offset = reader.offset
    let id = try reader.integer(UInt32.self, item())
    guard let type = GGUFValueType(rawValue: id) else {
      throw .invalid(
        file: file.path,
        item: item(),
        offset: offset,
        expected: "a type from 0 to 12",
        found: "\(id)"
      )
    }
    return type
  }

  /// Moves past a value; gives the element type and count of an array, or nil and 1.
  private mutating func skipValue(
    _ type: GGUFValueType,
    key: String,
    depth: Int
  ) throws(FileError) -> (elementType: GGUFValueType?, count: Int) {
    if let byteCount = type.fixedByteCount {
      try reader.skip(UInt64(byteCount), "the value of key \(key)")
      return (nil, 1)
    }
    guard type == .array else {
      _ = try reader.lengthPrefixed("the string of key \(key)")
      return (nil, 1)
    }
    guard depth < GGUFLimits.arrayDepth else {
      throw .overLimit(
        file: file.path,
        item: "the depth of arrays in key \(key)",
        offset: reader.offset,
        limit: GGUFLimits.arrayDepth,
        found: UInt64(depth + 1)
      )
    }
    let elementType = try valueType("the element type of key \(key)")
    let offset = reader.offset
    let count = try reader.integer(UInt64.self, "the element count of key \(key)")
    try check(
      count,
      "the element count of key \(key)",
      offset: offset,
      limit: GGUFLimits.arrayElements,
      minimum: elementType.minimumByteCount
    )
    if let byteCount = elementType.fixedByteCount {
      // Neither overflows: `check` found that count * byteCount bytes are left.
      try reader.skip(count * UInt64(byteCount), "the array of key \(key)")
    } else if elementType == .string {
      try reader.skipStrings(Int(count), "a string in the array of key \(key)")
    } else {
      for _ in 0..<count { _ = try skipValue(elementType, key: key, depth: depth + 1) }
    }
    return (elementType, Int(count))
  }

  private func alignment(_ metadata: GGUFMetadata) throws(FileError) -> Int {
    let key = "general.alignment"
    guard let alignment = try metadata.int(key), let entry = metadata.entry(key) else { return 32 }
    let accepted = GGUFLimits.minimumAlignment...GGUFLimits.maximumAlignment
    guard accepted.contains(alignment), alignment & (alignment - 1) == 0 else {
      throw .invalid(
        file: file.path,
        item: "key \(key)",
        offset: entry.byteRange.lowerBound,
        expected: "a power of two from \(accepted.lowerBound) to \(accepted.upperBound)",
        found: "\(alignment)"
      )
    }
    return alignment
  }
}
