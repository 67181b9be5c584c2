// Owns: tests of the bytes the GGUF writer makes.
// Does not own: reading them back (GGUFFileTests).

import ChaskiTestSupport
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

struct GGUFWriterTests {
  @Test(arguments: [2, 3])
  func `a small file has the specification's bytes`(version: Int) {
    var writer = GGUFWriter(version: version)
    writer.add("ab", .uint16(0x0102))
    writer.addTensor("t", .f16, dimensions: [3, 2])
    let expected: [UInt8] =
      [0x47, 0x47, 0x55, 0x46, UInt8(version), 0, 0, 0]  // mark, version
      + [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]  // one tensor, one key
      + [2, 0, 0, 0, 0, 0, 0, 0, 0x61, 0x62, 2, 0, 0, 0, 2, 1]  // "ab", uint16, the value
      + [1, 0, 0, 0, 0, 0, 0, 0, 0x74, 2, 0, 0, 0]  // "t", two dimensions
      + [3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]  // fastest first
      + [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]  // F16, at the start of the data
      + [UInt8](repeating: 0, count: 15)  // up to 96
    #expect(writer.header() == expected)
  }

  @Test func `a file written to disk is the header and the padded tensors`() throws {
    try withTemporaryFolder { folder in
      let sample = GGUFSample.tensors
      let path = folder.path("model.gguf")
      try sample.writer.write(to: path) { sample.data($0) }
      try #expect([UInt8](Data(contentsOf: URL(filePath: path))) == sample.bytes)
      try #expect(FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 1)
    }
  }

  @Test func `a tensor of another size than its dimensions leaves no file`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("model.gguf")
      #expect(
        throws: FileError.wrongContent(
          file: path,
          item: "tensor token_embd.weight",
          expected: "180 bytes",
          found: "1"
        )
      ) { try GGUFSample.tensors.writer.write(to: path) { _ in [0] } }
      try #expect(FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }
  }

  @Test func `a folder that does not exist is an error`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("none/model.gguf")
      #expect(
        throws: FileError.cannotWrite(file: path, reason: "its folder does not exist")
      ) { try GGUFWriter().write(to: path) { _ in [] } }
    }
  }
}
