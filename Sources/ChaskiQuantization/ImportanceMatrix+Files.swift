// Owns: importance matrices in files: GGUF as llama.cpp's imatrix writes it, read and written, and its
// older form, read. Does not own: the formats' bytes (ChaskiFiles).

package import ChaskiFiles
import ChaskiTensors

extension ImportanceMatrix {
  private static let sumsSuffix = ".in_sum2"
  private static let countsSuffix = ".counts"

  /// Reads the file at `path`, in either form.
  ///
  /// - Throws: `FileError`, or `QuantizationError.notImportance` for a file that is something else.
  package init(path: String) throws {
    let mapped = try MappedFile(path: path)
    if LegacyImportanceFile.mayBe(mapped) {
      try self.init(LegacyImportanceFile(mapped), path: path)
    } else {
      try self.init(GGUFFile(path: path), path: path)
    }
  }

  private init(_ legacy: LegacyImportanceFile, path: String) throws {
    self.init()
    for entry in legacy.entries {
      try Self.check(entry.sums, of: entry.name, path: path)
      entries[entry.name] = Entry(sums: entry.sums, counts: [entry.callCount])
    }
    chunkCount = legacy.chunkCount
  }

  private init(_ file: GGUFFile, path: String) throws {
    self.init()
    for tensor in file.tensors where tensor.name.hasSuffix(Self.sumsSuffix) {
      let name = String(tensor.name.dropLast(Self.sumsSuffix.count))
      let countsTensor = try file.requireTensor(name + Self.countsSuffix)
      let sums = try Self.floats(tensor, of: file)
      let counts = try Self.floats(countsTensor, of: file)
      try Self.check(sums, of: name, path: path)
      guard !counts.isEmpty, sums.count.isMultiple(of: counts.count),
        counts.allSatisfy({ $0 >= 0 && $0 <= 0x1p53 })
      else {
        throw QuantizationError.notImportance(
          file: path,
          reason: "the counts of \(name) are broken"
        )
      }
      entries[name] = Entry(sums: sums, counts: counts.map { Int($0.rounded()) })
    }
    guard !entries.isEmpty else {
      throw QuantizationError.notImportance(file: path, reason: "it holds no sums of squares")
    }
    if let list = try file.metadata.stringArray("imatrix.datasets") {
      var start = 0
      for end in list.ends {
        datasets.append(String(decoding: list.bytes[start..<end], as: UTF8.self))
        start = end
      }
    }
    chunkCount = try file.metadata.int("imatrix.chunk_count") ?? 0
    chunkSize = try file.metadata.int("imatrix.chunk_size") ?? 0
  }

  private static func floats(_ tensor: GGUFTensor, of file: GGUFFile) throws -> [Float] {
    guard tensor.type == .f32 else {
      throw FileError.wrongType(
        file: file.parts[0].path,
        item: "tensor \(tensor.name)",
        expected: "F32",
        found: tensor.type.name
      )
    }
    return try dequantize(file.bytes(of: tensor), type: .f32, name: tensor.name)
  }

  private static func check(_ sums: [Float], of name: String, path: String) throws {
    guard sums.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw QuantizationError.notImportance(
        file: path,
        reason: "the sums of \(name) are not all finite and at least 0"
      )
    }
  }

  /// Writes it to `path` as GGUF, so that llama.cpp reads it too.
  package func write(to path: String) throws(FileError) {
    var writer = GGUFWriter()
    writer.add("general.type", .text("imatrix"))
    writer.add("imatrix.datasets", .array(.string, datasets.map { .text($0) }))
    writer.add("imatrix.chunk_count", .uint32(UInt32(clamping: chunkCount)))
    writer.add("imatrix.chunk_size", .uint32(UInt32(clamping: chunkSize)))
    var contents: [[Float]] = []
    for (name, entry) in entries.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    {
      let matrices = entry.counts.count
      writer.addTensor(
        name + Self.sumsSuffix,
        .f32,
        dimensions: [entry.sums.count / matrices, matrices]
      )
      writer.addTensor(name + Self.countsSuffix, .f32, dimensions: [1, matrices])
      contents += [entry.sums, entry.counts.map(Float.init)]
    }
    try writer.write(to: path) { index throws(FileError) in
      contents[index].flatMap { float in
        (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) }
      }
    }
  }
}
