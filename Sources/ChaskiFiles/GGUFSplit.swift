// Owns: finding and checking the parts of a split GGUF model.
// Does not own: what is in a part (GGUFParser).

/// How a model is split into parts, and the names of their files.
///
/// Parts are named PREFIX-00001-of-0000N.gguf; each holds `split.no` (from 0), `split.count`
/// and `split.tensors.count`, as llama.cpp's gguf-split writes them.
enum GGUFSplit {
  /// All parts of the model that `opened` belongs to, in order.
  static func parts(of opened: GGUFPart) throws(FileError) -> [GGUFPart] {
    // Merging a split model leaves the count in it, as 0.
    let count = try opened.metadata.int("split.count") ?? 1
    guard count != 0, count != 1 else { return [opened] }
    let path = opened.file.path
    try check("split.count", of: opened, isIn: 2...GGUFLimits.parts)
    let prefix = try prefix(of: opened, count: count)
    let openedNumber = try opened.metadata.requireInt("split.no")

    var parts: [GGUFPart] = []
    for number in 0..<count {
      if number == openedNumber {
        parts.append(opened)
        continue
      }
      let partPath = prefix + suffix(number: number, count: count)
      let part = try GGUFParser.parse(mapped(partPath, besides: path))
      try check("split.no", of: part, isIn: number...number)
      try check("split.count", of: part, isIn: count...count)
      parts.append(part)
    }
    try checkTensorCount(parts)
    return parts
  }

  private static func mapped(
    _ path: String,
    besides opened: String
  ) throws(FileError) -> MappedFile {
    do {
      return try MappedFile(path: path)
    } catch {
      if case .notFound = error { throw .missingPart(file: opened, part: path) }
      throw error
    }
  }

  /// The path before the numbers; throws if the name does not fit the keys.
  private static func prefix(of part: GGUFPart, count: Int) throws(FileError) -> String {
    try check("split.no", of: part, isIn: 0...count - 1)
    let number = try part.metadata.requireInt("split.no")
    let suffix = suffix(number: number, count: count)
    let path = part.file.path
    guard path.hasSuffix(suffix) else {
      throw .invalid(
        file: path,
        item: "the name of part \(number + 1)",
        offset: part.metadata.entry("split.no")?.byteRange.lowerBound ?? 0,
        expected: "one that ends in \(suffix)",
        found: path
      )
    }
    return String(path.dropLast(suffix.count))
  }

  private static func suffix(number: Int, count: Int) -> String {
    "-\(fiveDigits(number + 1))-of-\(fiveDigits(count)).gguf"
  }

  private static func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
  }

  private static func check(
    _ key: String,
    of part: GGUFPart,
    isIn range: ClosedRange<Int>
  ) throws(FileError) {
    let found = try part.metadata.requireInt(key)
    guard range.contains(found) else {
      throw .invalid(
        file: part.file.path,
        item: "key \(key)",
        offset: part.metadata.entry(key)?.byteRange.lowerBound ?? 0,
        expected: range.count == 1
          ? "\(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)",
        found: "\(found)"
      )
    }
  }

  private static func checkTensorCount(_ parts: [GGUFPart]) throws(FileError) {
    var count = 0
    for part in parts { count += part.tensors.count }
    for part in parts where part.metadata.contains("split.tensors.count") {
      try check("split.tensors.count", of: part, isIn: count...count)
    }
  }
}
