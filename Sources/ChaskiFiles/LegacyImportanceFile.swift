// Owns: reading the importance matrices that llama.cpp wrote before it wrote them as GGUF.
// Does not own: what they are for, and the GGUF form (ChaskiQuantization).

/// An importance matrix in the older form: for each matrix, sums over calls of the mean squares of its columns.
///
/// Source: llama.cpp, tools/imatrix, `--output-format dat`: int32 counts and float32 sums, little-endian.
package struct LegacyImportanceFile: Sendable {
  /// What is known of one matrix.
  package struct Entry: Sendable {
    /// The matrix's name.
    package let name: String
    /// How many calls the sums are over.
    package let callCount: Int
    /// A sum for each column. [columns]
    package let sums: [Float]
  }

  /// All matrices, in the file's order.
  package let entries: [Entry]
  /// Pieces of text it was made from; 0 if the file does not say.
  package let chunkCount: Int

  /// Whether `file` can be in this form: it begins with a count, and GGUF's letters are too large a one.
  package static func mayBe(_ file: MappedFile) -> Bool {
    var reader = ByteReader(file)
    guard let count = try? reader.integer(Int32.self, "the count") else { return false }
    return count > 0 && count <= GGUFLimits.tensors
  }

  /// Reads `file`, checking every length against what is left.
  package init(_ file: MappedFile) throws(FileError) {
    var reader = ByteReader(file)
    let count = try Self.count(&reader, "the number of matrices", limit: GGUFLimits.tensors)
    var entries: [Entry] = []
    for index in 0..<count {
      let item = "matrix \(index)"
      let length = try Self.count(
        &reader,
        "the name's length of \(item)",
        limit: GGUFLimits.nameBytes
      )
      let name = String(decoding: try reader.bytes(length, "the name of \(item)"), as: UTF8.self)
      let calls = try reader.integer(Int32.self, item)
      let columns = try Self.count(&reader, "the columns of \(name)", limit: reader.left / 4)
      var sums: [Float] = []
      sums.reserveCapacity(columns)
      for _ in 0..<columns {
        sums.append(Float(bitPattern: try reader.integer(UInt32.self, "the sums of \(name)")))
      }
      entries.append(Entry(name: name, callCount: Int(max(calls, 1)), sums: sums))
    }
    self.entries = entries
    // What comes after is optional.
    chunkCount = (try? reader.integer(Int32.self, "the chunk count")).map { Int(max($0, 0)) } ?? 0
  }

  private static func count(
    _ reader: inout ByteReader,
    _ item: String,
    limit: Int
  ) throws(FileError) -> Int {
    let offset = reader.offset
    let found = try reader.integer(Int32.self, item)
    guard found > 0, Int(found) <= limit else {
      throw .invalid(
        file: reader.file.path,
        item: item,
        offset: offset,
        expected: "from 1 to \(limit)",
        found: "\(found)"
      )
    }
    return Int(found)
  }
}
