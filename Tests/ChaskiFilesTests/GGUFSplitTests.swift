// Owns: tests of models split over several files.
// Does not own: single files (GGUFFileTests).

import ChaskiTestSupport
import ChaskiFiles
import Foundation
import Testing

struct GGUFSplitTests {
  private func withParts(
    change: (Int, inout GGUFSample) -> Void = { _, _ in },
    _ body: (TemporaryFolder) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      for number in 0..<3 {
        var sample = GGUFSample.part(number)
        change(number, &sample)
        _ = try folder.write(sample.bytes, as: GGUFSample.partName(number))
      }
      try body(folder)
    }
  }

  @Test(arguments: 0..<3)
  func `any part opens the whole model`(number: Int) throws {
    try withParts { folder in
      let file = try GGUFFile(path: folder.path(GGUFSample.partName(number)))
      #expect(file.parts.map(\.path) == (0..<3).map { folder.path(GGUFSample.partName($0)) })
      try #expect(file.metadata.requireString("general.architecture") == "llama")
      #expect(file.tensors.map(\.part) == [0, 0, 1, 1, 2, 2])
      for (index, tensor) in file.tensors.enumerated() {
        let sample = GGUFSample.part(index / 2)
        #expect(tensor.name == sample.tensors[index % 2].name)
        let isSame = copied(file.bytes(of: tensor)) == sample.data(index % 2)
        #expect(isSame)
        #expect(file.file(of: tensor) === file.parts[index / 2])
      }
    }
  }

  @Test func `a missing part is named`() throws {
    try withParts { folder in
      let missing = folder.path(GGUFSample.partName(1))
      try FileManager.default.removeItem(atPath: missing)
      let opened = folder.path(GGUFSample.partName(2))
      #expect(throws: FileError.missingPart(file: opened, part: missing)) {
        try GGUFFile(path: opened)
      }
    }
  }

  @Test(arguments: [
    ("split.no", GGUFValue.uint16(2)), ("split.no", .int32(-1)), ("split.count", .uint16(4)),
    ("split.count", .uint16(0)), ("split.tensors.count", .int32(7)), ("split.no", .text("one")),
  ])
  func `a part with the wrong keys is refused`(key: String, value: GGUFValue) throws {
    try withParts { number, sample in
      guard number == 1 else { return }
      sample.keys = sample.keys.map { $0.0 == key ? (key, value) : $0 }
    } _: { folder in
      let error = #expect(throws: FileError.self) {
        try GGUFFile(path: folder.path(GGUFSample.partName(0)))
      }
      #expect(error?.description.contains(key) == true)
    }
  }

  @Test func `a part without its keys is refused`() throws {
    try withParts { number, sample in
      if number == 1 { sample.keys = [] }
    } _: { folder in
      #expect(
        throws: FileError.missing(
          file: folder.path(GGUFSample.partName(1)),
          item: "key split.no",
          expected: "an integer"
        )
      ) { try GGUFFile(path: folder.path(GGUFSample.partName(0))) }
    }
  }

  @Test func `a tensor in two parts is refused`() throws {
    try withParts { number, sample in
      if number == 2 { sample.tensors[0].name = "blk.0.attn_q.weight" }
    } _: { folder in
      let error = #expect(throws: FileError.self) {
        try GGUFFile(path: folder.path(GGUFSample.partName(0)))
      }
      guard case .duplicate(_, "tensor blk.0.attn_q.weight", _) = error else {
        Issue.record("another error: \(String(describing: error))")
        return
      }
    }
  }

  @Test func `a part under another name is refused`() throws {
    try withTemporaryFolder { folder in
      let path = try folder.write(GGUFSample.part(0).bytes, as: "renamed.gguf")
      let error = #expect(throws: FileError.self) { try GGUFFile(path: path) }
      #expect(error?.description.contains("-00001-of-00003.gguf") == true)
    }
  }

  @Test(arguments: [0, 1])
  func `a model merged into one file opens under any name`(count: UInt16) throws {
    try withTemporaryFolder { folder in
      var sample = GGUFSample.part(0)
      sample.keys[1] = ("split.count", .uint16(count))
      let file = try GGUFFile(path: folder.write(sample.bytes, as: "merged.gguf"))
      #expect(file.parts.count == 1)
    }
  }
}
