import ChaskiTestSupport
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

/// Files that weights are packed into: the same as those that are written from memory.
struct PackedWeightsDraftTests {
  /// Packs three matrices into `arena`.
  private func pack(into arena: WeightArena) throws -> [String: PackedPlacement] {
    let workers = try CPUBackend(threadCount: 1).workers
    var placements: [String: PackedPlacement] = [:]
    for index in 0..<3 {
      let values = (0..<40 * 96).map { Float($0 * (index + 1)) }
      placements["blk.\(index).weight"] =
        try PackedMatrix(
          packing: unsafe values.span.bytes,
          name: "w",
          type: .f32,
          rows: 40,
          depth: 96,
          into: arena,
          with: workers
        ).placement
    }
    return placements
  }

  private func bytes(_ arena: WeightArena) -> [UInt8] {
    let span = arena.usedBytes
    return (0..<span.byteCount).map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
  }

  private func draft(_ folder: TemporaryFolder, byteCount: Int = 1 << 20) throws
    -> PackedWeightsDraft
  {
    try PackedWeightsDraft(
      path: folder.path("a.packed"),
      key: 0xfeed,
      modelPath: "/models/llama.gguf",
      byteCount: byteCount,
      // Pages go to the disk while their neighbours are packed.
      flushByteCount: 8192
    )
  }

  private func names(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: URL(filePath: folder.path("a")).deletingLastPathComponent().path
    )
  }

  @Test func `what is packed into a file is what is packed into memory`() throws {
    try withTemporaryFolder { folder in
      let memory = try WeightArena(byteCount: 1 << 20)
      let expected = try pack(into: memory)
      let arena = try draft(folder).arena()
      #expect(!arena.isMapped)
      #expect(try pack(into: arena) == expected)
      #expect(bytes(arena) == bytes(memory))
    }
  }

  @Test func `a finished file is found, and its memory stays`() throws {
    try withTemporaryFolder { folder in
      let draft = try draft(folder)
      let arena = try draft.arena()
      let placements = try pack(into: arena)
      #expect(throws: FileError.self) { try PackedWeightsFile(path: folder.path("a.packed")) }
      try draft.finish(arena, placements: placements)
      #expect(try names(folder) == ["a.packed"])
      let file = try PackedWeightsFile(path: folder.path("a.packed"))
      #expect(file.key == 0xfeed && file.modelPath == "/models/llama.gguf")
      #expect(file.placements == placements)
      for prefetching in [false, true] { try file.prepare(prefetching: prefetching) }
      #expect(try bytes(file.arena()) == bytes(arena))
      // Nothing fits into a file that is whole.
      #expect(arena.isMapped)
      #expect(throws: TensorError.self) { try pack(into: arena) }
    }
  }

  @Test func `a draft that is dropped leaves nothing`() throws {
    try withTemporaryFolder { folder in
      do {
        let draft = try draft(folder)
        _ = try pack(into: draft.arena())
        #expect(try names(folder).count == 1)
      }
      #expect(try names(folder).isEmpty)
    }
  }

  @Test func `a disk without room is an error at once`() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileError.self) { try draft(folder, byteCount: 1 << 60) }
      #expect(throws: FileError.self) { try draft(folder, byteCount: .max) }
      let left = try names(folder)
      #expect(left.isEmpty)
    }
  }
}
