// Owns: tests of writing safetensors files.
// Does not own: reading them (SafetensorsFileTests).

import ChaskiTestSupport
import ChaskiFiles
import Foundation
import Testing

struct SafetensorsWriterTests {
  @Test func `a small file has the format's bytes`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("out.safetensors")
      var writer = try SafetensorsWriter(
        path: path,
        tensors: [.init("a", .f32, shape: [1, 2])],
        metadata: ["k": "v\"\n"]
      )
      try writer.append([1, -2].span as Span<Float>)
      try writer.finish()
      let header =
        #"{"__metadata__":{"k":"v\"\u000a"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#
      let padded = header + String(repeating: " ", count: 96 - header.utf8.count)
      let expected: [UInt8] =
        [96, 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
      try #expect([UInt8](Data(contentsOf: URL(filePath: path))) == expected)
    }
  }

  @Test func `rows appended one by one are read back`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("logits.safetensors")
      var writer = try SafetensorsWriter(
        path: path,
        tensors: [.init("logits", .f32, shape: [50, 33]), .init("ids", .i32, shape: [2])],
        metadata: ["model": "tiny"]
      )
      for row in 0..<50 {
        let floats = (0..<33).map { Float(row * 33 + $0) }
        try writer.append(floats.span)
      }
      let ids: [Int32] = [7, -7]
      try writer.append(unsafe ids.span.bytes)
      try writer.finish()
      let file = try SafetensorsFile(path: path)
      try #expect(file.floats("logits") == (0..<1_650).map { Float($0) })
      try #expect(file.int32s("ids") == [7, -7])
      #expect(file.metadata == ["model": "tiny"])
      #expect(try #require(file.tensors.first).byteRange.lowerBound.isMultiple(of: 8))
    }
  }

  @Test func `a file that is not finished does not appear`() throws {
    try withTemporaryFolder { folder in
      let path = try folder.write([1, 2, 3], as: "out.safetensors")
      do {
        var writer = try SafetensorsWriter(
          path: path,
          tensors: [.init("a", .f32, shape: [2])]
        )
        try writer.append([1].span as Span<Float>)
        #expect(throws: FileError.self) { try writer.finish() }
      }
      try #expect([UInt8](Data(contentsOf: URL(filePath: path))) == [1, 2, 3])
      try #expect(FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 1)
    }
  }

  @Test func `bytes beyond the shapes are refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("out.safetensors")
      var writer = try SafetensorsWriter(path: path, tensors: [.init("a", .f32, shape: [2])])
      try writer.append([1].span as Span<Float>)
      var refusal: FileError?
      do { try writer.append([2, 3].span as Span<Float>) } catch let error as FileError {
        refusal = error
      }
      try writer.append([2].span as Span<Float>)
      try writer.finish()
      try #expect(SafetensorsFile(path: path).floats("a") == [1, 2])
      #expect(
        refusal
          == .wrongContent(
            file: path,
            item: "the data of its tensors",
            expected: "8 bytes",
            found: "12"
          )
      )
    }
  }

  @Test func `a name given twice, and a size that cannot be, are refused`() throws {
    try withTemporaryFolder { folder in
      for tensors in [
        [.init("a", .u8, shape: [1]), .init("a", .u8, shape: [1])],
        [.init("__metadata__", .u8, shape: [1])], [.init("a", .u8, shape: [-1])],
        [.init("a", .f4, shape: [1])], [.init("a", .f64, shape: [1 << 62])],
        [.init("a", .u8, shape: [.max >> 3]), .init("b", .u8, shape: [.max])],
      ] as [[SafetensorsWriter.Tensor]] {
        #expect(throws: FileError.self) {
          _ = try SafetensorsWriter(path: folder.path("out.safetensors"), tensors: tensors)
        }
      }
      try #expect(FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }
  }
}
