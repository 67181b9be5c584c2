// Owns: reading packed weights that an earlier start wrote. Does not own: writing them
// (PackedWeightsWriter), which are kept and for how long (ChaskiGeneration).

package import ChaskiTensors

/// A model's packed weights in a mapped file.
///
/// All integers are little-endian: 8 bytes magic, u32 version, u64 bytes of the header, u64 hash of the
/// rest of the header; u64 key; the model's path; u64 offset and u64 size of the weights; u64 number of
/// matrices, each a name, u32 type, u64 rows, depth, offset and size; u64 number of spots, each u64
/// offset, size and hash. A text is a u64 length and its bytes. The weights begin on a multiple of
/// 2 MiB and end the file.
package struct PackedWeightsFile: Sendable {
  /// The mapped file.
  package let file: MappedFile
  /// What the weights were packed from and how; whoever wrote them knows what it means.
  package let key: UInt64
  /// Where the model's file lay.
  package let modelPath: String
  /// The matrices by name.
  package let placements: [String: PackedPlacement]
  private let payload: Range<Int>

  /// Bytes of packed weights.
  package var payloadByteCount: Int { payload.count }

  /// Opens the file at `path` and checks its header.
  ///
  /// - Throws: `FileError` for a file that is cut off, changed or of another version.
  package init(path: String) throws(FileError) {
    file = try MappedFile(path: path)
    var reader = try Self.checkedHeader(of: file)
    key = try reader.integer(UInt64.self, "the key")
    modelPath = try reader.string(limit: PackedWeightsLimits.pathBytes, "the model's path")
    payload = try Self.payload(&reader)
    placements = try Self.placements(&reader)
    samplesOffset = reader.offset
  }

  private let samplesOffset: Int

  /// The weights as memory that matrices lie in; it keeps the mapping alive.
  package func arena() throws(TensorError) -> WeightArena {
    try WeightArena(mapped: file.bytes.extracting(payload), of: file)
  }

  /// Brings all weights into memory, unless not `prefetching`, and checks a few spots of them; `progress` is told
  /// the bytes done.
  ///
  /// From front to back by one thread, before anybody else touches them: only so does the system read them
  /// in huge pages (with all threads at once a sixth of them was not, on ext4 of Linux 6.18, November 2026).
  ///
  /// - Throws: `FileError` for weights that are not those that were written.
  package func prepare(
    prefetching: Bool = true,
    progress: (_ byteCount: Int) -> Void = { _ in }
  ) throws(FileError) {
    file.adviseHugePages()
    if prefetching { file.prefetch(payload) { progress(max($0 - payload.lowerBound, 0)) } }
    try checkSamples()
  }

  private static func checkedHeader(of file: MappedFile) throws(FileError) -> ByteReader {
    var reader = ByteReader(file)
    let magic = try reader.bytes(PackedWeightsLimits.magic.count, "the magic")
    guard magic == PackedWeightsLimits.magic else {
      throw .unknownFormat(file: file.path, expected: "a file of packed weights", found: magic)
    }
    let version = try reader.integer(UInt32.self, "the version")
    guard version == PackedWeightsLimits.version else {
      throw .unsupportedVersion(
        file: file.path,
        expected: "\(PackedWeightsLimits.version)",
        found: version
      )
    }
    let lengthOffset = reader.offset
    let length = try reader.integer(UInt64.self, "the header's length")
    guard length <= UInt64(PackedWeightsLimits.headerBytes) else {
      throw .overLimit(
        file: file.path,
        item: "the header's length",
        offset: lengthOffset,
        limit: PackedWeightsLimits.headerBytes,
        found: length
      )
    }
    let hash = try reader.integer(UInt64.self, "the header's hash")
    let start = reader.offset
    var whole = reader
    try whole.skip(length, "the header")
    try check(start..<whole.offset, of: file, hash: hash, "the header")
    return reader
  }

  private static func payload(_ reader: inout ByteReader) throws(FileError) -> Range<Int> {
    let position = reader.offset
    let offset = try reader.integer(UInt64.self, "the weights' offset")
    let byteCount = try reader.integer(UInt64.self, "the weights' size")
    let file = reader.file
    guard offset % UInt64(PackedWeightsLimits.payloadAlignment) == 0,
      offset >= UInt64(position), offset <= UInt64(file.byteCount),
      byteCount > 0, byteCount == UInt64(file.byteCount) - offset
    else {
      throw .invalid(
        file: file.path,
        item: "the weights' place",
        offset: position,
        expected: "the end of the file's \(file.byteCount) bytes",
        found: "\(byteCount) bytes at \(offset)"
      )
    }
    return Int(offset)..<file.byteCount
  }

  private static func placements(
    _ reader: inout ByteReader
  ) throws(FileError) -> [String: PackedPlacement] {
    let count = try count(&reader, "the number of matrices", limit: PackedWeightsLimits.matrices)
    var placements: [String: PackedPlacement] = [:]
    for _ in 0..<count {
      let start = reader.offset
      let name = try reader.string(limit: GGUFLimits.nameBytes, "a matrix's name")
      let typeID = try reader.integer(UInt32.self, "a matrix's type")
      guard let type = ElementType(rawValue: typeID) else {
        throw .unknownElementType(
          file: reader.file.path,
          tensor: name,
          offset: start,
          found: "\(typeID)"
        )
      }
      let placement = PackedPlacement(
        type: type,
        rows: try number(&reader, "the rows of \(name)"),
        depth: try number(&reader, "the depth of \(name)"),
        offset: try number(&reader, "the offset of \(name)"),
        byteCount: try number(&reader, "the size of \(name)")
      )
      guard placements.updateValue(placement, forKey: name) == nil else {
        throw .duplicate(file: reader.file.path, item: "matrix \(name)", offset: start)
      }
    }
    return placements
  }

  private func checkSamples() throws(FileError) {
    var reader = ByteReader(file, at: samplesOffset)
    let count = try Self.count(&reader, "the number of spots", limit: PackedWeightsLimits.samples)
    for _ in 0..<count {
      let position = reader.offset
      let offset = try Self.number(&reader, "a spot's offset")
      let byteCount = try Self.number(&reader, "a spot's size")
      let hash = try reader.integer(UInt64.self, "a spot's hash")
      let end = offset.addingReportingOverflow(byteCount)
      guard !end.overflow, offset >= payload.lowerBound, end.partialValue <= payload.upperBound,
        byteCount <= ContentSamples.byteCount
      else {
        throw .invalid(
          file: file.path,
          item: "a spot of the weights",
          offset: position,
          expected: "inside them",
          found: "\(byteCount) bytes at \(offset)"
        )
      }
      try Self.check(offset..<end.partialValue, of: file, hash: hash, "a spot of the weights")
    }
  }

  /// Throws unless these bytes have this hash.
  private static func check(
    _ bytes: Range<Int>,
    of file: MappedFile,
    hash: UInt64,
    _ item: String
  ) throws(FileError) {
    var found = ContentHash()
    found.add(file.bytes.extracting(bytes))
    guard found.value == hash else {
      throw .invalid(
        file: file.path,
        item: item,
        offset: bytes.lowerBound,
        expected: "of hash \(hash)",
        found: "\(found.value)"
      )
    }
  }

  private static func count(
    _ reader: inout ByteReader,
    _ item: String,
    limit: Int
  ) throws(FileError) -> Int {
    let position = reader.offset
    let count = try number(&reader, item)
    guard count <= limit else {
      throw .overLimit(
        file: reader.file.path,
        item: item,
        offset: position,
        limit: limit,
        found: UInt64(count)
      )
    }
    return count
  }

  private static func number(
    _ reader: inout ByteReader,
    _ item: @autoclosure () -> String
  ) throws(FileError) -> Int {
    let position = reader.offset
    let value = try reader.integer(UInt64.self, item())
    guard let number = Int(exactly: value) else {
      throw .overLimit(
        file: reader.file.path,
        item: item(),
        offset: position,
        limit: .max,
        found: value
      )
    }
    return number
  }
}
