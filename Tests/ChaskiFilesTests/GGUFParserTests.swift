// Owns: which error each defect of a GGUF file gives.
// Does not own: random and systematic corruption (CorruptionTests).

import ChaskiTestSupport
import ChaskiFiles
import Foundation
import Testing

struct GGUFParserTests {
  @Test(arguments: Defect.counts + Defect.keys + Defect.tensors)
  func `a defect gives its error`(defect: Defect) throws {
    try withTemporaryFolder { folder in
      let path = try folder.write(defect.bytes, as: "model.gguf")
      #expect(throws: defect.error(path)) { try GGUFFile(path: path) }
    }
  }

  @Test(arguments: [8, 16, 64, 4_096, 1_048_576])
  func `an alignment within the limits is followed`(alignment: UInt32) throws {
    try withTemporaryFolder { folder in
      var sample = GGUFSample.tensors
      sample.keys[0] = ("general.alignment", .uint32(alignment))
      let file = try GGUFFile(path: folder.write(sample.bytes, as: "model.gguf"))
      for (index, tensor) in file.tensors.enumerated() {
        #expect(tensor.offset.isMultiple(of: Int(alignment)))
        let isSame = copied(file.bytes(of: tensor)) == sample.data(index)
        #expect(isSame)
      }
    }
  }

  @Test func `a scalar tensor is one row of one element`() throws {
    try withTemporaryFolder { folder in
      let bytes = RawGGUF(tensorCount: 1).tensor("t", [], type: 0, offset: 0).padded(32)
      let file = try GGUFFile(
        path: folder.write(bytes + [0, 0, 128, 63], as: "model.gguf")
      )
      #expect(file.tensors.map(\.dimensions) == [[1]])
      #expect(file.tensors.map(\.byteCount) == [4])
    }
  }

  @Test func `tensors may lie in another order, with room between them`() throws {
    try withTemporaryFolder { folder in
      let header = RawGGUF(tensorCount: 2)
        .tensor("a", [8], type: 0, offset: 128).tensor("b", [8], type: 0, offset: 0).padded(32)
      let bytes = header + [UInt8](repeating: 0, count: 160)
      let file = try GGUFFile(path: folder.write(bytes, as: "model.gguf"))
      #expect(file.tensors.map(\.offset) == [header.count + 128, header.count])
    }
  }

  @Test func `arrays nest to the limit and no deeper`() throws {
    func nested(_ depth: Int) -> GGUFValue {
      (1..<depth).reduce(.array(.bool, [.bool(true)])) { value, _ in .array(.array, [value]) }
    }
    try withTemporaryFolder { folder in
      let fitting = GGUFSample(name: "4", keys: [("k", nested(4))]).bytes
      _ = try GGUFFile(path: folder.write(fitting, as: "4.gguf"))
      for depth in [5, 1_000] {
        let bytes = GGUFSample(name: "deep", keys: [("k", nested(depth))]).bytes
        let error = #expect(throws: FileError.self) {
          try GGUFFile(path: folder.write(bytes, as: "deep.gguf"))
        }
        guard case .overLimit(_, "the depth of arrays in key k", _, 4, 5) = error else {
          Issue.record("another error: \(String(describing: error))")
          continue
        }
      }
    }
  }
}

/// A broken file and the error it must give.
struct Defect: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]
  let error: @Sendable (String) -> FileError

  init(
    _ description: String,
    _ file: RawGGUF,
    tail: Int = 0,
    _ error: @escaping @Sendable (String) -> FileError
  ) {
    testDescription = description
    bytes = file.bytes + [UInt8](repeating: 0, count: tail)
    self.error = error
  }

  static let counts: [Defect] = [
    Defect("another format", RawGGUF(mark: "GGML")) {
      .unknownFormat(file: $0, expected: "a GGUF file", found: Array("GGML".utf8))
    },
    Defect("version 1", RawGGUF(version: 1)) {
      .unsupportedVersion(file: $0, expected: "GGUF version 2 or 3", found: 1)
    },
    Defect("version 4", RawGGUF(version: 4)) {
      .unsupportedVersion(file: $0, expected: "GGUF version 2 or 3", found: 4)
    },
    Defect("big-endian", RawGGUF(version: 3 << 24)) { .bigEndian(file: $0) },
    Defect("more tensors than bytes", RawGGUF(tensorCount: 4), tail: 90) {
      .truncated(file: $0, item: "the tensor count", offset: 8, needed: 100, left: 98)
    },
    Defect("2^64 - 1 tensors", RawGGUF(tensorCount: .max), tail: 100) {
      .truncated(file: $0, item: "the tensor count", offset: 8, needed: .max, left: 108)
    },
    Defect("2^63 keys", RawGGUF(keyCount: 1 << 63), tail: 100) {
      .truncated(file: $0, item: "the key count", offset: 16, needed: .max, left: 100)
    },
    Defect("65,537 keys", RawGGUF(keyCount: 65_537), tail: 14 * 65_537) {
      .overLimit(file: $0, item: "the key count", offset: 16, limit: 65_536, found: 65_537)
    },
    Defect("131,073 tensors", RawGGUF(tensorCount: 131_073), tail: 25 * 131_073) {
      .overLimit(file: $0, item: "the tensor count", offset: 8, limit: 131_072, found: 131_073)
    },
  ]

  static let keys: [Defect] =
    [
      Defect("an empty key", RawGGUF(keyCount: 1).text("").number(7, 4), tail: 9) {
        .invalid(
          file: $0,
          item: "the name of key 0",
          offset: 24,
          expected: "at least one byte long",
          found: "empty"
        )
      },
      Defect("a key of 2^63 bytes", RawGGUF(keyCount: 1).number(1 << 63, 8), tail: 9) {
        .overLimit(
          file: $0,
          item: "the length of the name of key 0",
          offset: 24,
          limit: 65_535,
          found: 1 << 63
        )
      },
      Defect("a key cut off", RawGGUF(keyCount: 1).number(100, 8), tail: 9) {
        .truncated(file: $0, item: "the name of key 0", offset: 32, needed: 100, left: 9)
      },
      Defect("a key that is not UTF-8", RawGGUF(keyCount: 1).text([0xC0, 0x80]), tail: 9) {
        .invalid(
          file: $0,
          item: "the name of key 0",
          offset: 32,
          expected: "UTF-8 text",
          found: "other bytes"
        )
      },
      Defect("type 13", RawGGUF(keyCount: 1).text("k").number(13, 4), tail: 9) {
        .invalid(
          file: $0,
          item: "the type of key k",
          offset: 33,
          expected: "a type from 0 to 12",
          found: "13"
        )
      },
      Defect(
        "a key twice",
        RawGGUF(keyCount: 2).text("k").number(0, 4).number(1, 1).text("k").number(0, 4),
        tail: 9
      ) { .duplicate(file: $0, item: "key k", offset: 38) },
      Defect(
        "a string of 2^63 bytes",
        RawGGUF(keyCount: 1).text("k").number(8, 4).number(1 << 63, 8),
        tail: 9
      ) {
        .truncated(file: $0, item: "the string of key k", offset: 45, needed: 1 << 63, left: 9)
      },
      Defect(
        "an array of 2^61 numbers",
        RawGGUF(keyCount: 1).text("k").number(9, 4).number(10, 4).number(1 << 61, 8),
        tail: 9
      ) {
        .truncated(
          file: $0,
          item: "the element count of key k",
          offset: 41,
          needed: .max,
          left: 9
        )
      },
      Defect(
        "an array of more strings than bytes",
        RawGGUF(keyCount: 1).text("k").number(9, 4).number(8, 4).number(3, 8),
        tail: 23
      ) {
        .truncated(file: $0, item: "the element count of key k", offset: 41, needed: 24, left: 23)
      },
      Defect(
        "an array of 4,194,305 elements",
        RawGGUF(keyCount: 1).text("k").number(9, 4).number(0, 4).number(4_194_305, 8),
        tail: 4_194_305
      ) {
        .overLimit(
          file: $0,
          item: "the element count of key k",
          offset: 41,
          limit: 4_194_304,
          found: 4_194_305
        )
      },
      Defect(
        "a string in an array cut off",
        RawGGUF(keyCount: 1).text("k").number(9, 4).number(8, 4).number(2, 8).text("ab")
          .number(100, 8),
        tail: 9
      ) {
        .truncated(
          file: $0,
          item: "a string in the array of key k",
          offset: 67,
          needed: 100,
          left: 9
        )
      },
    ]
    + [0, 1, 4, 7, 33, 96, 2_097_152, 0x8000_0000].map { (alignment: UInt64) in
      Defect("alignment \(alignment)", RawGGUF(keyCount: 1).alignment(alignment)) {
        .invalid(
          file: $0,
          item: "key general.alignment",
          offset: 53,
          expected: "a power of two from 8 to 1048576",
          found: "\(alignment)"
        )
      }
    }
    + [
      Defect(
        "an alignment that is a string",
        RawGGUF(keyCount: 1).text("general.alignment").number(8, 4).text("32")
      ) {
        .wrongType(
          file: $0,
          item: "key general.alignment",
          expected: "an integer",
          found: "string"
        )
      }
    ]

  /// Offsets: 24 of counts, a name of 9, the dimension count at 33, the first dimension at 37.
  static let tensors: [Defect] =
    [
      Defect("no name", RawGGUF(tensorCount: 1).tensor("", [1], type: 0, offset: 0), tail: 40) {
        .invalid(
          file: $0,
          item: "the name of tensor 0",
          offset: 24,
          expected: "at least one byte long",
          found: "empty"
        )
      },
      Defect(
        "a name of 257 bytes",
        RawGGUF(tensorCount: 1).tensor(String(repeating: "a", count: 257), [1], type: 0, offset: 0),
        tail: 40
      ) {
        .overLimit(
          file: $0,
          item: "the length of the name of tensor 0",
          offset: 24,
          limit: 256,
          found: 257
        )
      },
      Defect(
        "a name twice",
        RawGGUF(tensorCount: 2).tensor("t", [1], type: 0, offset: 0)
          .tensor("t", [1], type: 0, offset: 32),
        tail: 90
      ) { .duplicate(file: $0, item: "tensor t", offset: 57) },
      Defect(
        "five dimensions",
        RawGGUF(tensorCount: 1).tensor("t", [1, 1, 1, 1, 1], type: 0, offset: 0),
        tail: 60
      ) {
        .overLimit(
          file: $0,
          item: "the dimension count of tensor t",
          offset: 33,
          limit: 4,
          found: 5
        )
      },
      Defect("type 4", RawGGUF(tensorCount: 1).tensor("t", [1], type: 4, offset: 0), tail: 40) {
        .unknownElementType(file: $0, tensor: "t", offset: 45, found: "4")
      },
      Defect(
        "half a block",
        RawGGUF(tensorCount: 1).tensor("t", [48], type: 2, offset: 0),
        tail: 60
      ) {
        .invalid(
          file: $0,
          item: "dimension 0 of tensor t",
          offset: 49,
          expected: "a multiple of 32, the block of Q4_0",
          found: "48"
        )
      },
      Defect(
        "a size of 2^64",
        RawGGUF(tensorCount: 1).tensor("t", [1 << 31, 1 << 31], type: 0, offset: 0),
        tail: 60
      ) {
        .invalid(
          file: $0,
          item: "the size of tensor t",
          offset: 57,
          expected: "below 2^63",
          found: "[2147483648, 2147483648]"
        )
      },
      Defect(
        "more elements than 2^63 in few bytes",
        RawGGUF(tensorCount: 1).tensor("t", [1 << 32, 1 << 31], type: 16, offset: 0),
        tail: 60
      ) {
        .invalid(
          file: $0,
          item: "the size of tensor t",
          offset: 57,
          expected: "below 2^63",
          found: "[4294967296, 2147483648]"
        )
      },
      Defect(
        "an odd offset",
        RawGGUF(tensorCount: 1).tensor("t", [1], type: 0, offset: 8),
        tail: 60
      ) {
        .invalid(
          file: $0,
          item: "the offset of tensor t",
          offset: 49,
          expected: "a multiple of 32",
          found: "8"
        )
      },
      Defect("data cut off", RawGGUF(tensorCount: 1).tensor("t", [4], type: 0, offset: 0), tail: 22)
      {
        // The header ends at 57, the data starts at 64.
        .truncated(file: $0, item: "tensor t", offset: 49, needed: 16, left: 15)
      },
      Defect(
        "an offset near 2^64",
        RawGGUF(tensorCount: 1).tensor("t", [4], type: 0, offset: .max - 31),
        tail: 60
      ) { .truncated(file: $0, item: "tensor t", offset: 49, needed: 16, left: 0) },
      Defect(
        "shared bytes",
        RawGGUF(tensorCount: 2).tensor("t", [4], type: 0, offset: 32)
          .tensor("u", [9], type: 0, offset: 0),
        tail: 200
      ) { .overlap(file: $0, first: "u", second: "t", offset: 128) },
    ]
    + [0, 1 << 63, UInt64.max].map { (dimension: UInt64) in
      Defect(
        "dimension \(dimension)",
        RawGGUF(tensorCount: 1).tensor("t", [dimension], type: 0, offset: 0),
        tail: 40
      ) {
        .invalid(
          file: $0,
          item: "dimension 0 of tensor t",
          offset: 37,
          expected: "from 1 to 9223372036854775807",
          found: "\(dimension)"
        )
      }
    }
}

/// A GGUF file put together number by number, with nothing to stop a wrong one.
struct RawGGUF: Sendable {
  private(set) var bytes: [UInt8]

  init(
    mark: String = "GGUF",
    version: UInt64 = 3,
    tensorCount: UInt64 = 0,
    keyCount: UInt64 = 0
  ) {
    bytes = Array(mark.utf8)
    self = number(version, 4).number(tensorCount, 8).number(keyCount, 8)
  }

  func number(_ number: UInt64, _ width: Int) -> RawGGUF {
    var copy = self
    copy.bytes += (0..<width).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    return copy
  }

  func text(_ text: some Collection<UInt8>) -> RawGGUF {
    var copy = number(UInt64(text.count), 8)
    copy.bytes += text
    return copy
  }

  func text(_ text: String) -> RawGGUF { self.text(text.utf8) }

  func alignment(_ alignment: UInt64) -> RawGGUF {
    text("general.alignment").number(4, 4).number(alignment, 4)
  }

  func tensor(_ name: String, _ dimensions: [UInt64], type: UInt64, offset: UInt64) -> RawGGUF {
    dimensions.reduce(text(name).number(UInt64(dimensions.count), 4)) { $0.number($1, 8) }
      .number(type, 4).number(offset, 8)
  }

  func padded(_ alignment: Int) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
  }
}
