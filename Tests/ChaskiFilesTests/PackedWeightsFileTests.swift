import ChaskiTestSupport
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

/// Files of packed weights: what is written comes back, and nothing else is believed.
struct PackedWeightsFileTests {
  private let weights: WeightArena
  private let placements: [String: PackedPlacement]

  init() throws {
    weights = try WeightArena(byteCount: 1 << 20)
    var placements: [String: PackedPlacement] = [:]
    let workers = try CPUBackend(threadCount: 1).workers
    for index in 0..<3 {
      let values = (0..<40 * 96).map { Float($0 * (index + 1)) }
      placements["blk.\(index).weight"] =
        try PackedMatrix(
          packing: unsafe values.span.bytes,
          name: "w",
          type: .f32,
          rows: 40,
          depth: 96,
          into: weights,
          with: workers
        ).placement
    }
    self.placements = placements
  }

  private func write(to path: String, placements: [String: PackedPlacement]? = nil) throws {
    let writer = PackedWeightsWriter(
      key: 0xfeed,
      modelPath: "/models/llama é.gguf",
      placements: placements ?? self.placements
    )
    #expect(try writer.write(weights, to: path))
  }

  @Test func `what is written comes back`() throws {
    try withTemporaryFolder { folder in
      try write(to: folder.path("a.packed"))
      let file = try PackedWeightsFile(path: folder.path("a.packed"))
      #expect(file.key == 0xfeed)
      #expect(file.modelPath == "/models/llama é.gguf")
      #expect(file.placements == placements)
      #expect(file.payloadByteCount == weights.usedByteCount)
      var progress: [Int] = []
      try file.prepare { progress.append($0) }
      #expect(progress.last == weights.usedByteCount)
      let arena = try file.arena()
      #expect(arena.isMapped && arena.byteCount == weights.usedByteCount)
      let found = arena.usedBytes
      let expected = weights.usedBytes
      for offset in stride(from: 0, to: expected.byteCount, by: 4) {
        let (a, b) = unsafe (
          found.unsafeLoad(fromByteOffset: offset, as: UInt32.self),
          expected.unsafeLoad(fromByteOffset: offset, as: UInt32.self)
        )
        guard a == b else {
          Issue.record("byte \(offset) differs")
          break
        }
      }
      for (name, placement) in file.placements {
        _ = try PackedMatrix(stored: placement, name: name, in: arena)
      }
    }
  }

  @Test func `every byte of the header counts, and a spot of the weights does`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("a.packed")
      try write(to: path)
      let valid = [UInt8](try Data(contentsOf: URL(filePath: path)))
      let payload = valid.count - weights.usedByteCount
      let header = valid[..<payload].lastIndex { $0 != 0 } ?? 0
      let copy = try WorkingCopy(valid, byteCount: valid.count, at: folder.path("b.packed"))
      let last = valid.count - 1
      for offset in Array(0...header) + [payload, last] {
        try copy.with(.patch(offset, [valid[offset] ^ 0x40])) {
          #expect(throws: FileError.self, "byte \(offset)") {
            try PackedWeightsFile(path: copy.path).prepare()
          }
        }
      }
      #expect(throws: Never.self) { try PackedWeightsFile(path: copy.path).prepare() }
    }
  }

  @Test func `a file that is cut off or goes on is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("a.packed")
      try write(to: path)
      let valid = [UInt8](try Data(contentsOf: URL(filePath: path)))
      let copy = try WorkingCopy(valid, byteCount: valid.count, at: folder.path("b.packed"))
      let payload = valid.count - weights.usedByteCount
      let lengths = Array(0...600) + [payload - 1, payload, payload + 1, valid.count - 1]
      for length in lengths {
        try copy.with(.truncate(length)) {
          #expect(throws: FileError.self, "\(length) bytes") {
            try PackedWeightsFile(path: copy.path).prepare()
          }
        }
      }
      try Data(valid + [0]).write(to: URL(filePath: path))
      #expect(throws: FileError.self) { try PackedWeightsFile(path: path).prepare() }
    }
  }

  // Whoever writes the header can also compute its hash: the numbers in it are not believed either.
  @Test func `a well-formed header that lies about a matrix gives no matrix`() throws {
    try withTemporaryFolder { folder in
      let size = try #require(placements["blk.0.weight"]).byteCount
      let lies = [
        PackedPlacement(type: .f32, rows: 40, depth: 96, offset: 1 << 40, byteCount: size),
        PackedPlacement(type: .f32, rows: 40, depth: 96, offset: 3 * size - 64, byteCount: size),
        PackedPlacement(type: .f32, rows: 4000, depth: 96, offset: 0, byteCount: size),
        PackedPlacement(type: .f32, rows: .max, depth: .max, offset: 0, byteCount: .max),
        PackedPlacement(type: .iq1_S, rows: 40, depth: 256, offset: 0, byteCount: size),
      ]
      for (index, lie) in lies.enumerated() {
        let path = folder.path("\(index).packed")
        try write(to: path, placements: ["w": lie])
        let file = try PackedWeightsFile(path: path)
        let arena = try file.arena()
        let placement = try #require(file.placements["w"])
        #expect(throws: TensorError.self) {
          _ = try PackedMatrix(stored: placement, name: "w", in: arena)
        }
      }
    }
  }

  @Test func `a cancelled write leaves nothing`() throws {
    try withTemporaryFolder { folder in
      let writer = PackedWeightsWriter(key: 1, modelPath: "/m", placements: placements)
      let isWritten = try writer.write(weights, to: folder.path("a.packed"), isCancelled: { true })
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(!isWritten && names.isEmpty)
    }
  }

  @Test func `a file in the making is removed only when its writer has ended`() throws {
    try withTemporaryFolder { folder in
      let writer = PackedWeightsWriter(key: 1, modelPath: "/m", placements: placements)
      var removed: [Bool] = []
      _ = try writer.write(weights, to: folder.path("a.packed")) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
        removed += names.map { PackedWeightsWriter.removeAbandoned(folder.path($0)) }
        return false
      }
      #expect(!removed.isEmpty && !removed.contains(true))
      let left = try folder.write([1, 2, 3], as: "b.packed.x.partial")
      #expect(PackedWeightsWriter.removeAbandoned(left))
      #expect(!FileManager.default.fileExists(atPath: left))
    }
  }
}
