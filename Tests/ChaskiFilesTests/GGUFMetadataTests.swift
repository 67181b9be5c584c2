// Owns: tests of typed access to keys.
// Does not own: tests of opening files (GGUFFileTests).

import ChaskiTestSupport
import ChaskiFiles
import Testing

struct GGUFMetadataTests {
  private func withMetadata(
    _ keys: [(String, GGUFValue)] = GGUFSample.everyValue.keys,
    _ body: (GGUFMetadata, String) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let sample = GGUFSample(name: "keys", keys: keys)
      let path = try folder.write(sample.bytes, as: "keys.gguf")
      try body(try GGUFFile(path: path).metadata, path)
    }
  }

  @Test(arguments: [
    ("a.uint8", 200), ("a.int8", -100), ("a.uint16", 60_000), ("a.int16", -30_000),
    ("a.uint32", 4_000_000_000), ("a.int32", -2_000_000_000), ("a.int64", Int.min),
  ])
  func `an integer of any width is an Int`(key: String, expected: Int) throws {
    try withMetadata { metadata, _ in
      try #expect(metadata.int(key) == expected)
      try #expect(metadata.requireInt(key) == expected)
    }
  }

  @Test func `scalars come as their own types`() throws {
    try withMetadata { metadata, _ in
      try #expect(metadata.requireFloat("a.float32") == 1e-5)
      try #expect(metadata.requireFloat("a.float64") == 0.1)
      try #expect(metadata.requireFloat("a.uint8") == 200)
      try #expect(metadata.requireBool("a.bool"))
      try #expect(metadata.requireString("a.string") == "grüße")
    }
  }

  @Test func `an absent key is nil where it may be absent`() throws {
    try withMetadata { metadata, _ in
      #expect(!metadata.contains("c"))
      try #expect(metadata.int("c") == nil)
      try #expect(metadata.float("c") == nil)
      try #expect(metadata.bool("c") == nil)
      try #expect(metadata.string("c") == nil)
      try #expect(metadata.stringArray("c") == nil)
      try #expect(metadata.intArray("c") == nil)
      try #expect(metadata.floatArray("c") == nil)
      try #expect(metadata.boolArray("c") == nil)
    }
  }

  @Test func `an absent key that is required is named with its type`() throws {
    try withMetadata { metadata, path in
      #expect(throws: FileError.missing(file: path, item: "key c", expected: "an integer")) {
        try metadata.requireInt("c")
      }
      #expect(throws: FileError.missing(file: path, item: "key c", expected: "an array of bool")) {
        try metadata.requireBoolArray("c")
      }
    }
  }

  @Test(arguments: [
    ("a.string", "string"), ("a.float32", "float32"), ("a.bool", "bool"), ("a.uint64", "uint64"),
    ("b.int32", "array of int32"),
  ])
  func `a value that is not an integer Int holds is not taken for one`(
    key: String,
    found: String
  ) throws {
    try withMetadata { metadata, path in
      #expect(
        throws: FileError.wrongType(
          file: path,
          item: "key \(key)",
          expected: "an integer",
          found: found
        )
      ) { try metadata.int(key) }
    }
  }

  @Test func `an inexact integer is not taken for a float`() throws {
    try withMetadata([("n", .uint32(16_777_217))]) { metadata, _ in
      #expect(throws: FileError.self) { try metadata.float("n") }
    }
  }

  @Test func `bytes that are not UTF-8 are not taken for text`() throws {
    try withMetadata([("s", .string([0xC3, 0x28]))]) { metadata, _ in
      #expect(throws: FileError.self) { try metadata.string("s") }
    }
  }

  @Test(arguments: [
    ("b.uint8", [0, 255]), ("b.int8", [-128, 127]), ("b.uint16", [1, 65_535]), ("b.int16", [-1]),
    ("b.uint32", [7, 8, 9]), ("b.int32", [-7, 8]), ("b.uint64", [1, 1 << 40]), ("b.int64", [-1]),
  ])
  func `an array of any integer type is an array of Int`(key: String, expected: [Int]) throws {
    try withMetadata { metadata, _ in
      try #expect(metadata.requireIntArray(key) == expected)
    }
  }

  @Test func `other arrays come as their own types`() throws {
    try withMetadata { metadata, _ in
      try #expect(metadata.requireFloatArray("b.float32") == [0.5, -1e30])
      try #expect(metadata.requireFloatArray("b.float64") == [0.25])
      try #expect(metadata.requireBoolArray("b.bool") == [true, false, true])
      let (bytes, ends) = try metadata.requireStringArray("b.string")
      #expect(bytes == [0x61, 0xFF, 0x00] + Array("łódź".utf8))
      #expect(ends == [1, 1, 3, 10])
      try #expect(metadata.requireStringArray("b.empty").ends.isEmpty)
    }
  }

  @Test func `an array of another type is refused`() throws {
    try withMetadata { metadata, path in
      #expect(
        throws: FileError.wrongType(
          file: path,
          item: "key b.bool",
          expected: "an array of integers",
          found: "array of bool"
        )
      ) { try metadata.intArray("b.bool") }
      #expect(throws: FileError.self) { try metadata.floatArray("b.int32") }
      #expect(throws: FileError.self) { try metadata.boolArray("b.uint8") }
      #expect(throws: FileError.self) { try metadata.stringArray("a.string") }
      #expect(throws: FileError.self) { try metadata.stringArray("b.nested") }
    }
  }

  @Test func `an unsigned number too large for Int in an array is refused`() throws {
    try withMetadata([("n", .array(.uint64, [.uint64(1 << 63)]))]) { metadata, _ in
      #expect(throws: FileError.self) { try metadata.intArray("n") }
    }
  }

  @Test func `a preview takes only the elements asked for`() throws {
    try withMetadata { metadata, _ in
      let entry = try #require(metadata.entry("b.uint32"))
      #expect(entry.count == 3)
      #expect(entry.typeDescription == "array of uint32")
      try #expect(
        metadata.value(entry, maximumElements: 2) == .array(.uint32, [.uint32(7), .uint32(8)])
      )
      let nested = try #require(metadata.entry("b.nested"))
      try #expect(
        metadata.value(nested, maximumElements: 2)
          == .array(.array, [.array(.string, [.text("x")])])
      )
    }
  }

  @Test func `a bool that is neither 0 nor 1 is refused`() throws {
    try withTemporaryFolder { folder in
      var bytes = GGUFSample(name: "bool", keys: [("k", .bool(true))]).bytes
      // 24 bytes of counts, a key of 9 bytes, a type of 4.
      #expect(bytes[37] == 1)
      bytes[37] = 2
      let file = try GGUFFile(path: folder.write(bytes, as: "bool.gguf"))
      #expect(
        throws: FileError.invalid(
          file: folder.path("bool.gguf"),
          item: "key k",
          offset: 37,
          expected: "0 or 1",
          found: "2"
        )
      ) { try file.metadata.bool("k") }
    }
  }
}
