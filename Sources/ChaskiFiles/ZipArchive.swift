// Owns: finding the stored entries of a zip archive. Does not own: what they hold (TorchFile).

/// The entries of a zip archive whose bytes lie in it as they are.
///
/// Only what checkpoints use is read: one disk, no encryption, entries stored and not compressed. Every
/// number is checked against the file. Source: PKWARE's .ZIP file format specification 6.3.10, 4.3 and 4.5.3.
struct ZipArchive {
  /// The most entries; the largest checkpoints have some thousands a file.
  private static let entryLimit = 262_144
  private static let endByteCount = 22
  private static let commentLimit = 65_535

  /// Where each entry's bytes lie in the file, by name.
  private(set) var entries: [String: Range<Int>] = [:]
  private let file: MappedFile

  /// Reads the central directory of `file`.
  ///
  /// - Throws: `FileError`.
  init(_ file: MappedFile) throws(FileError) {
    self.file = file
    let directory = try Self.directory(of: file)
    var reader = ByteReader(file, at: directory.offset)
    for _ in 0..<directory.count {
      let start = reader.offset
      let entry = try Self.entry(&reader)
      let range = try Self.data(of: entry, in: file)
      guard entries.updateValue(range, forKey: entry.name) == nil else {
        throw .duplicate(file: file.path, item: "entry \(entry.name)", offset: start)
      }
    }
  }

  private struct Entry {
    var name: String
    var byteCount: UInt64
    var headerOffset: UInt64
  }

  /// Where the central directory begins and how many entries it has.
  private static func directory(
    of file: MappedFile
  ) throws(FileError) -> (offset: Int, count: Int) {
    let end = try endOffset(of: file)
    var reader = ByteReader(file, at: end + 8)
    var count = UInt64(try reader.integer(UInt16.self, "the entry count"))
    _ = try reader.integer(UInt16.self, "the entry count")
    _ = try reader.integer(UInt32.self, "the directory's size")
    var offset = UInt64(try reader.integer(UInt32.self, "the directory's offset"))
    if count == 0xFFFF || offset == 0xFFFF_FFFF, end >= 20 {
      var locator = ByteReader(file, at: end - 20)
      if try locator.integer(UInt32.self, "the directory's locator") == 0x0706_4b50 {
        _ = try locator.integer(UInt32.self, "the directory's disk")
        let record = try locator.integer(UInt64.self, "the directory record's offset")
        (offset, count) = try largeDirectory(of: file, at: record)
      }
    }
    guard count <= UInt64(entryLimit) else {
      throw .overLimit(
        file: file.path,
        item: "the entry count",
        offset: end,
        limit: entryLimit,
        found: count
      )
    }
    guard offset <= UInt64(end) else {
      throw invalid(file, "the directory's offset", end, "inside the file", "\(offset)")
    }
    return (Int(offset), Int(count))
  }

  private static func largeDirectory(
    of file: MappedFile,
    at offset: UInt64
  ) throws(FileError) -> (offset: UInt64, count: UInt64) {
    guard offset < UInt64(file.byteCount) else {
      throw invalid(file, "the directory record's offset", 0, "inside the file", "\(offset)")
    }
    var reader = ByteReader(file, at: Int(offset))
    let signature = try reader.integer(UInt32.self, "the directory record")
    guard signature == 0x0606_4b50 else {
      throw invalid(file, "the directory record", Int(offset), "PK 6 6", "\(signature)")
    }
    try reader.skip(28, "the directory record")
    let count = try reader.integer(UInt64.self, "the entry count")
    try reader.skip(8, "the directory record")
    return (try reader.integer(UInt64.self, "the directory's offset"), count)
  }

  /// Where the record at the end of the archive begins; a comment may follow it.
  private static func endOffset(of file: MappedFile) throws(FileError) -> Int {
    let last = file.byteCount - endByteCount
    guard last >= 0 else {
      throw .unknownFormat(file: file.path, expected: "a zip archive", found: first(of: file))
    }
    for offset in stride(from: last, through: max(0, last - commentLimit), by: -1) {
      var reader = ByteReader(file, at: offset)
      if try reader.integer(UInt32.self, "the end record") == 0x0605_4b50 { return offset }
    }
    throw .unknownFormat(
      file: file.path,
      expected: "a zip archive, as torch.save writes since 1.6",
      found: first(of: file)
    )
  }

  private static func first(of file: MappedFile) -> [UInt8] {
    var bytes: [UInt8] = []
    file.append(0..<min(8, file.byteCount), to: &bytes)
    return bytes
  }

  private static func entry(_ reader: inout ByteReader) throws(FileError) -> Entry {
    let start = reader.offset
    let file = reader.file
    guard try reader.integer(UInt32.self, "a directory entry") == 0x0201_4b50 else {
      throw invalid(file, "a directory entry", start, "PK 1 2", "something else")
    }
    try reader.skip(4, "a directory entry")
    let flags = try reader.integer(UInt16.self, "an entry's flags")
    let method = try reader.integer(UInt16.self, "an entry's method")
    try reader.skip(8, "a directory entry")
    let packed = UInt64(try reader.integer(UInt32.self, "an entry's size"))
    let size = UInt64(try reader.integer(UInt32.self, "an entry's size"))
    let nameLength = Int(try reader.integer(UInt16.self, "an entry's name"))
    let extraLength = Int(try reader.integer(UInt16.self, "an entry's extra field"))
    let commentLength = try reader.integer(UInt16.self, "an entry's comment")
    try reader.skip(8, "a directory entry")
    let headerOffset = UInt64(try reader.integer(UInt32.self, "an entry's offset"))
    let nameBytes = try reader.bytes(nameLength, "an entry's name")
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw invalid(file, "an entry's name", start, "UTF-8 text", "other bytes")
    }
    guard flags & 1 == 0, method == 0, packed == size else {
      throw invalid(
        file,
        "entry \(name)",
        start,
        "stored as it is",
        flags & 1 == 1 ? "encrypted" : "compressed"
      )
    }
    var entry = Entry(name: name, byteCount: size, headerOffset: headerOffset)
    let extraEnd = reader.offset + extraLength
    try readExtra(&reader, extraEnd, &entry, packed: packed)
    try reader.skip(UInt64(commentLength), "an entry's comment")
    return entry
  }

  /// Takes the extra field, whose part 1 has the numbers that 32 bits do not hold.
  private static func readExtra(
    _ reader: inout ByteReader,
    _ end: Int,
    _ entry: inout Entry,
    packed: UInt64
  ) throws(FileError) {
    while reader.offset + 4 <= end {
      let id = try reader.integer(UInt16.self, "an extra field")
      let length = Int(try reader.integer(UInt16.self, "an extra field"))
      let partEnd = reader.offset + length
      guard partEnd <= end else {
        throw invalid(reader.file, "an extra field", reader.offset, "inside its entry", "longer")
      }
      if id == 1 {
        if entry.byteCount == 0xFFFF_FFFF, reader.offset + 8 <= partEnd {
          entry.byteCount = try reader.integer(UInt64.self, "an entry's size")
        }
        if packed == 0xFFFF_FFFF, reader.offset + 8 <= partEnd {
          let packed = try reader.integer(UInt64.self, "an entry's size")
          guard packed == entry.byteCount else {
            throw invalid(
              reader.file,
              "entry \(entry.name)",
              reader.offset,
              "stored as it is",
              "compressed"
            )
          }
        }
        if entry.headerOffset == 0xFFFF_FFFF, reader.offset + 8 <= partEnd {
          entry.headerOffset = try reader.integer(UInt64.self, "an entry's offset")
        }
      }
      try reader.skip(UInt64(partEnd - reader.offset), "an extra field")
    }
    try reader.skip(UInt64(max(0, end - reader.offset)), "an extra field")
  }

  /// The bytes of `entry`, behind the header that stands before them.
  private static func data(of entry: Entry, in file: MappedFile) throws(FileError) -> Range<Int> {
    guard entry.headerOffset < UInt64(file.byteCount) else {
      throw invalid(
        file,
        "entry \(entry.name)",
        0,
        "inside the file",
        "at byte \(entry.headerOffset)"
      )
    }
    var reader = ByteReader(file, at: Int(entry.headerOffset))
    guard try reader.integer(UInt32.self, "entry \(entry.name)") == 0x0403_4b50 else {
      throw invalid(file, "entry \(entry.name)", reader.offset - 4, "PK 3 4", "something else")
    }
    try reader.skip(22, "entry \(entry.name)")
    let nameLength = try reader.integer(UInt16.self, "entry \(entry.name)")
    let extraLength = try reader.integer(UInt16.self, "entry \(entry.name)")
    try reader.skip(UInt64(nameLength) + UInt64(extraLength), "entry \(entry.name)")
    let start = try reader.skip(entry.byteCount, "entry \(entry.name)")
    return start..<reader.offset
  }

  private static func invalid(
    _ file: MappedFile,
    _ item: String,
    _ offset: Int,
    _ expected: String,
    _ found: String
  ) -> FileError {
    .invalid(file: file.path, item: item, offset: offset, expected: expected, found: found)
  }
}
