// Owns: tests of reading safetensors files.
// Does not own: writing them (SafetensorsWriterTests), systematic corruption (CorruptionTests).

import ChaskiTestSupport
import ChaskiFiles
import Foundation
import Testing

struct SafetensorsFileTests {
  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `a file with many types has the reference's tensors`() throws {
    let path = Shared.url("fixtures/quant/safetensors-dtype-zoo.safetensors").path
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["format": "pt", "note": "every dtype"])
    let expected: [(String, SafetensorsType, [Int])] = [
      ("i64", .i64, [2]), ("f64", .f64, [2]), ("empty", .f32, [0, 4]), ("f32", .f32, [2, 1]),
      ("scalar", .f32, []), ("unicode.näme", .f32, [1]), ("i32", .i32, [2]), ("bf16", .bf16, [2]),
      ("f16", .f16, [2]), ("i16", .i16, [2]), ("f8", .f8_E4M3, [2]), ("i8", .i8, [2]),
      ("u8", .u8, [2]), ("b", .bool, [2]),
    ]
    #expect(file.tensors.map(\.name) == expected.map(\.0))
    #expect(file.tensors.map(\.type) == expected.map(\.1))
    #expect(file.tensors.map(\.shape) == expected.map(\.2))
    // The same two numbers in each type, as their bytes say.
    for name in ["f32", "bf16", "f16"] { try #expect(file.floats(name) == [1.5, -2.25]) }
    try #expect(file.floats("f64") == [1.5, -2.25])
    try #expect(file.floats("scalar") == [3.5])
    try #expect(file.floats("empty").isEmpty)
    for name in ["i32", "i16", "i8"] { try #expect(file.int32s(name) == [7, -1]) }
    try #expect(file.int32s("u8") == [7, 255])
    try #expect(file.rawBytes("f8") == [0x3C, 0xC1])
    try #expect(file.rawBytes("b") == [1, 0])
    #expect(copied(file.bytes(of: try file.requireTensor("f8"))) == [0x3C, 0xC1])
  }

  @Test func `every half-precision number widens as the language's own does`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("halves.safetensors")
      var writer = try SafetensorsWriter(path: path, tensors: [.init("h", .f16, shape: [65_536])])
      for half in UInt16.min...UInt16.max {
        let bytes = [UInt8(truncatingIfNeeded: half), UInt8(half >> 8)]
        try writer.append(unsafe bytes.span.bytes)
      }
      try writer.finish()
      let floats = try SafetensorsFile(path: path).floats("h")
      let different = (UInt16.min...UInt16.max).filter { half in
        let expected = Float(Float16(bitPattern: half))
        // A signalling NaN becomes quiet in the language's conversion and keeps its bits in ours.
        return expected.isNaN
          ? !floats[Int(half)].isNaN : floats[Int(half)].bitPattern != expected.bitPattern
      }
      #expect(different.isEmpty)
    }
  }

  @Test func `numbers that do not fit or are of another kind are refused`() throws {
    try withTemporaryFolder { folder in
      let header = #"{"big":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}"#
      let path = try folder.write(file(header, data: 8, fill: 0xFF), as: "big.safetensors")
      let opened = try SafetensorsFile(path: path)
      #expect(
        throws: FileError.wrongType(
          file: path,
          item: "tensor big",
          expected: "integers that 32 bits hold",
          found: "U64"
        )
      ) { try opened.int32s("big") }
      #expect(
        throws: FileError.wrongType(
          file: path,
          item: "tensor big",
          expected: "F32, F16, BF16 or F64",
          found: "U64"
        )
      ) { try opened.floats("big") }
      #expect(
        throws: FileError.missing(
          file: path,
          item: "tensor small",
          expected: "among its tensors"
        )
      ) { try opened.floats("small") }
    }
  }

  @Test(arguments: SafetensorsType.allCases)
  func `every type of the format is listed with its size`(type: SafetensorsType) throws {
    try withTemporaryFolder { folder in
      let byteCount = type.bitCount * 12 / 8
      let header =
        #"{"t":{"dtype":"\#(type.rawValue)","shape":[3,4],"data_offsets":[0,\#(byteCount)]}}"#
      let path = try folder.write(file(header, data: byteCount), as: "type.safetensors")
      let tensor = try SafetensorsFile(path: path).requireTensor("t")
      #expect(tensor.type == type)
      #expect(tensor.elementCount == 12)
    }
  }

  @Test func `escapes in names are undone, and blanks around the header are passed over`() throws {
    try withTemporaryFolder { folder in
      let name = #"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00ł"#
      let header =
        "{ \"\(name)\" :\n\t{\"shape\":[ ] , \"data_offsets\":[0,1],\"dtype\":\"U8\"} }  "
      let path = try folder.write(file(header, data: 1), as: "names.safetensors")
      let expected = "a\"\\/\u{8}\u{C}\n\r\té😀ł"
      try #expect(SafetensorsFile(path: path).tensors.map(\.name) == [expected])
    }
  }

  @Test func `an empty object is a file without tensors`() throws {
    try withTemporaryFolder { folder in
      let path = try folder.write(file("{}", data: 0), as: "none.safetensors")
      try #expect(SafetensorsFile(path: path).tensors.isEmpty)
    }
  }

  @Test(arguments: [
    (#"[]"#, 0), (#""#, 0), (#"{"a":1}"#, 0), (#"{"a":{}}"#, 0), (#"{} {}"#, 0), (#"{"a""#, 0),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}"#, 4),
    (#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":1}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775808]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,0]}}"#, 0),
    (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#, 1),
    // The whole data must be covered, once.
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3),
    (
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"#
        + #""b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#, 4
    ),
    (
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
        + #""a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#, 4
    ),
    (#"{"__metadata__":{"a":1}}"#, 0), (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0), (#"{"a\u00":{}}"#, 0), (#"{"\ud800":{}}"#, 0),
    (#"{"\ud800\u0041":{}}"#, 0), (#"{"\udc00":{}}"#, 0), (#"{"\x":{}}"#, 0), ("{\"\n\":{}}", 0),
  ])
  func `a header that breaks the format is refused`(header: String, data: Int) throws {
    try withTemporaryFolder { folder in
      let path = try folder.write(file(header, data: data), as: "broken.safetensors")
      #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
    }
  }

  @Test func `a header longer than the file or the limit is refused before it is read`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("long.safetensors")
      for (length, expected) in [
        (
          100 as UInt64,
          FileError.truncated(file: path, item: "the header", offset: 8, needed: 100, left: 2)
        ),
        (
          100_000_001,
          .overLimit(
            file: path,
            item: "the header's length",
            offset: 0,
            limit: 100_000_000,
            found: 100_000_001
          )
        ),
        (
          .max,
          .overLimit(
            file: path,
            item: "the header's length",
            offset: 0,
            limit: 100_000_000,
            found: .max
          )
        ),
      ] {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        _ = try folder.write(bytes + Array("{}".utf8), as: "long.safetensors")
        #expect(throws: expected) { try SafetensorsFile(path: path) }
      }
    }
  }

  @Test func `a shape of many dimensions is refused without keeping them`() throws {
    try withTemporaryFolder { folder in
      let shape = [String](repeating: "1", count: 100_000).joined(separator: ",")
      let header = #"{"a":{"dtype":"U8","shape":[\#(shape)],"data_offsets":[0,1]}}"#
      let path = try folder.write(file(header, data: 1), as: "deep.safetensors")
      let error = #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
      guard case .overLimit(_, "the length of the shape of tensor a", _, 16, 17) = error else {
        Issue.record("another error: \(String(describing: error))")
        return
      }
    }
  }

  /// A file of that header and `data` bytes.
  private func file(_ header: String, data: Int, fill: UInt8 = 0) -> [UInt8] {
    let header = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) } + header
      + [UInt8](repeating: fill, count: data)
  }
}
