import ChaskiTestSupport
import ChaskiFiles
import ChaskiGeneration
import ChaskiSampling
import ChaskiTensors
import Foundation
import Testing

/// The cache of packed weights, with stories260K, a Llama 2 in float32.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct WeightCacheTests {
  /// A folder with a copy of the model and an empty cache, for the length of a test.
  private struct Place {
    let folder: URL
    var model: URL { folder.appending(path: "model.gguf") }
    var cacheFolder: URL { folder.appending(path: "weights") }

    func cache(_ limit: WeightCacheLimit = .bytes(1 << 40), minimum: Int = 0) -> WeightCache {
      WeightCache(folder: cacheFolder, limit: limit, minimumByteCount: minimum)
    }

    var names: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: cacheFolder.path)) ?? []).sorted()
    }

    func load(
      _ cache: WeightCache?,
      _ set: InstructionSet = .best,
      model: URL? = nil,
      memory: Int? = nil
    ) async throws -> LanguageModel {
      try await LanguageModel.load(
        path: (model ?? self.model).path,
        on: CPUBackend(threadCount: 1, instructionSet: set),
        weightCache: cache,
        memory: memory
      )
    }

    /// Loads the model, says something, and waits until what is to be kept is kept.
    @discardableResult
    func start(_ cache: WeightCache?, model: URL? = nil) async throws -> LanguageModel {
      let model = try await load(cache, model: model)
      _ = try await WeightCacheTests.logits(model)
      await model.weightSaving?.finish()
      return model
    }
  }

  private func withPlace(_ body: (Place) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      let place = Place(folder: folder.url)
      try FileManager.default.copyItem(
        at: Shared.url("data/stories260K/stories260K.gguf"),
        to: place.model
      )
      try await body(place)
    }
  }

  private static func logits(_ model: LanguageModel) async throws -> [[Float]] {
    let engine = try InferenceEngine(model: model)
    let list = LogitList()
    try await engine.forEachLogits(of: [1, 403, 407, 261, 378]) { _, row in list.append(row) }
    return list.rows
  }

  @Test func `the second start maps what the first one packed, with the same bits`() async throws {
    try await withPlace { place in
      let expected = try await Self.logits(place.load(nil))
      let first = try await place.load(place.cache())
      #expect(!first.weights.isMapped && place.names.isEmpty)
      #expect(try await Self.logits(first) == expected)
      await first.weightSaving?.finish()
      #expect(place.names.count == 1)
      for set in InstructionSet.available {
        let second = try await place.load(place.cache(), set)
        #expect(second.weights.isMapped && second.weightSaving == nil)
        #expect(second.packedWeightCount == first.packedWeightCount)
        #expect(try await Self.logits(second) == expected, "\(set)")
      }
    }
  }

  @Test func `nothing is written before the first token`() async throws {
    try await withPlace { place in
      let model = try await place.load(place.cache())
      let saving = try #require(model.weightSaving)
      await saving.finish()
      #expect(!saving.isRunning && place.names.isEmpty)
      let engine = try InferenceEngine(model: model)
      var request = GenerationRequest(prompt: [1, 403], sampling: .greedy)
      request.maximumTokens = 1
      _ = try await engine.generate(request)
      await saving.finish()
      #expect(place.names.count == 1)
    }
  }

  @Test func `weights that memory does not hold are packed into the file, and read from it`()
    async throws
  {
    try await withPlace { place in
      let expected = try await Self.logits(place.load(nil))
      // Small as the model is, it is kept, since memory is smaller.
      let cache = place.cache(minimum: 1 << 40)
      let first = try await place.load(cache, memory: 100_000)
      #expect(first.weights.isMapped && first.weightSaving == nil)
      #expect(place.names.count == 1 && place.names.allSatisfy { $0.hasSuffix(".packed") })
      #expect(try await Self.logits(first) == expected)
      let second = try await place.load(cache, memory: 100_000)
      #expect(
        second.weights.isMapped && second.weights.usedByteCount == first.weights.usedByteCount
      )
      #expect(try await Self.logits(second) == expected)
      // With memory for them they are found all the same.
      let third = try await place.load(place.cache(), memory: 1 << 40)
      #expect(third.weights.isMapped && third.weightSaving == nil)
      #expect(try await Self.logits(third) == expected)
    }
  }

  @Test func `without room on the disk, weights that memory does not hold are packed as ever`()
    async throws
  {
    try await withPlace { place in
      let expected = try await Self.logits(place.load(nil))
      let model = try await place.load(place.cache(.bytes(1000)), memory: 100_000)
      #expect(!model.weights.isMapped && place.names.isEmpty)
      #expect(try await Self.logits(model) == expected)
    }
  }

  @Test func `without a cache, or for a small model, nothing is kept`() async throws {
    try await withPlace { place in
      let without = try await place.start(nil)
      let small = try await place.start(place.cache(minimum: 1 << 30))
      #expect(without.weightSaving == nil && small.weightSaving == nil)
      #expect(place.names.isEmpty)
    }
  }

  /// Ways to change a model's file that keep it a model.
  enum Change: CaseIterable, Sendable {
    /// Written anew, with another time.
    case rewritten
    /// Written over in place, the time of the last change set back.
    case inPlaceWithOldTime
    /// Another file under its name.
    case replaced
  }

  @Test(arguments: Change.allCases)
  func `a changed model is packed anew, and what was kept of it before goes`(
    change: Change
  ) async throws {
    try await withPlace { place in
      try await place.start(place.cache())
      let before = place.names
      let path = place.model.path
      let date = try #require(
        FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
      )
      let bytes = try Data(contentsOf: place.model)
      switch change {
      case .rewritten: try bytes.write(to: place.model)
      case .inPlaceWithOldTime:
        let handle = try FileHandle(forUpdating: place.model)
        try handle.seek(toOffset: UInt64(bytes.count - 1))
        try handle.write(contentsOf: [bytes[bytes.count - 1] ^ 1])
        try handle.close()
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
      case .replaced:
        let other = place.folder.appending(path: "other.gguf")
        try FileManager.default.copyItem(at: place.model, to: other)
        try FileManager.default.removeItem(at: place.model)
        try FileManager.default.moveItem(at: other, to: place.model)
      }
      let model = try await place.start(place.cache())
      #expect(!model.weights.isMapped)
      #expect(place.names.count == 1 && place.names != before)
      #expect(try await place.load(place.cache()).weights.isMapped)
    }
  }

  @Test func `a model that changes while it is packed is not kept`() async throws {
    try await withPlace { place in
      let model = try await place.load(place.cache())
      try Data(contentsOf: place.model).write(to: place.model)
      _ = try await Self.logits(model)
      await model.weightSaving?.finish()
      #expect(place.names.isEmpty)
    }
  }

  /// Ways to damage a kept file: cut off at a share of its length, or a byte changed there.
  @Test(arguments: [0, 0.001, 0.5, 0.999], [true, false])
  func `a damaged file is dropped and made anew`(share: Double, isCut: Bool) async throws {
    try await withPlace { place in
      let expected = try await Self.logits(place.start(place.cache()))
      let file = place.cacheFolder.appending(path: try #require(place.names.first))
      var bytes = try Data(contentsOf: file)
      let valid = bytes
      if isCut {
        bytes = bytes.prefix(Int(share * Double(bytes.count)))
      } else {
        // The first of the spots that are looked at, for a share of the weights: not all bytes are.
        let offset = share == 0 ? 0 : share < 0.1 ? 100 : share < 0.9 ? 2 << 20 : bytes.count - 1
        bytes[offset] ^= 0x11
      }
      try bytes.write(to: file)
      let model = try await place.load(place.cache())
      #expect(!model.weights.isMapped && place.names.isEmpty)
      #expect(try await Self.logits(model) == expected)
      await model.weightSaving?.finish()
      #expect(try Data(contentsOf: file) == valid)
    }
  }

  // A file whose header is right in itself, but not about this model: written by someone else, or by a
  // version that packs other matrices.
  @Test func `a kept file that lacks a matrix is dropped`() async throws {
    try await withPlace { place in
      let model = try await place.start(place.cache())
      let file = place.cacheFolder.appending(path: try #require(place.names.first))
      let kept = try PackedWeightsFile(path: file.path)
      var placements = kept.placements
      placements["blk.1.attn_k.weight"] = nil
      #expect(placements.count == kept.placements.count - 1)
      let writer = PackedWeightsWriter(
        key: kept.key,
        modelPath: kept.modelPath,
        placements: placements
      )
      #expect(try writer.write(model.weights, to: file.path))
      #expect(try await !place.load(place.cache()).weights.isMapped)
      #expect(place.names.isEmpty)
    }
  }

  @Test func `a folder that cannot be written means no cache and no error`() async throws {
    try await withPlace { place in
      try Data().write(to: place.cacheFolder)
      let model = try await place.start(place.cache())
      #expect(!model.weights.isMapped && model.weightSaving?.isRunning == false)
    }
  }

  @Test func `the least recently used makes room, and what never fits removes nothing`()
    async throws
  {
    try await withPlace { place in
      let copies = (0..<3).map { place.folder.appending(path: "copy\($0).gguf") }
      for copy in copies { try FileManager.default.copyItem(at: place.model, to: copy) }
      try await place.start(place.cache(), model: copies[0])
      let size = place.cache().entries().byteCount
      let first = place.names
      // Room for two, with the margin that a save asks for.
      let limited = place.cache(.bytes(2 * size + 5_000_000))
      try await place.start(limited, model: copies[1])
      let second = place.names.filter { !first.contains($0) }
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1)],
        ofItemAtPath: place.cacheFolder.appending(path: second[0]).path
      )
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 0)],
        ofItemAtPath: place.cacheFolder.appending(path: first[0]).path
      )
      // Mapping the first makes it the one used last.
      #expect(try await place.load(limited, model: copies[0]).weights.isMapped)
      try await place.start(limited, model: copies[2])
      #expect(place.names.count == 2 && place.names.contains(first[0]))
      #expect(!place.names.contains(second[0]))
      let before = place.names
      try await place.start(place.cache(.bytes(1000)), model: copies[1])
      #expect(place.names == before)
    }
  }

  @Test func `weights of models that are gone, and all weights, can be removed`() async throws {
    try await withPlace { place in
      let copy = place.folder.appending(path: "copy.gguf")
      try FileManager.default.copyItem(at: place.model, to: copy)
      try await place.start(place.cache())
      let kept = place.names
      try await place.start(place.cache(), model: copy)
      #expect(place.names.count == 2 && place.cache().removeOrphans() == 0)
      try FileManager.default.removeItem(at: copy)
      #expect(place.cache().removeOrphans() > 0)
      #expect(place.names == kept)
      let mapped = try await place.load(place.cache())
      #expect(place.cache().removeAll() > 0)
      #expect(place.names.isEmpty)
      // Removed while it is mapped: it stays for those who have it.
      #expect(try await Self.logits(mapped) == Self.logits(place.load(nil)))
    }
  }

  @Test func `several that start at once keep one file, and each of them has the right bits`()
    async throws
  {
    try await withPlace { place in
      let expected = try await Self.logits(place.load(nil))
      // Each has a cache of its own, as processes have; all find nothing kept, and all write.
      try await withThrowingTaskGroup(of: [[Float]].self) { group in
        let models = try await [
          place.load(place.cache()), place.load(place.cache()), place.load(place.cache()),
        ]
        for model in models {
          group.addTask {
            let logits = try await Self.logits(model)
            await model.weightSaving?.finish()
            return logits
          }
        }
        for try await logits in group { #expect(logits == expected) }
      }
      #expect(place.names.count == 1)
      let next = try await place.load(place.cache())
      #expect(next.weightSaving == nil)
      #expect(try await Self.logits(next) == expected)
    }
  }

  @Test func `what a write left that was cut short is cleaned up`() async throws {
    try await withPlace { place in
      try FileManager.default.createDirectory(
        at: place.cacheFolder,
        withIntermediateDirectories: true
      )
      let left = place.cacheFolder.appending(path: "0123456789abcdef.packed.x1.partial")
      try Data([1]).write(to: left)
      try await place.start(place.cache())
      #expect(place.names.count == 1 && place.names != [left.lastPathComponent])
    }
  }

  @Test func `victims are the least recently used, and no more than needed`() {
    let entries = [(30, 3), (10, 1), (20, 2)].map { size, time in
      WeightCacheEntry(
        url: URL(filePath: "/\(size)"),
        byteCount: Int64(size),
        lastUse: Date(timeIntervalSince1970: Double(time))
      )
    }
    func victims(_ adding: Int64, _ limit: Int64) -> [Int64]? {
      entries.victims(addingByteCount: adding, limit: limit)?.map(\.byteCount)
    }
    #expect(victims(40, 100) == [])
    #expect(victims(41, 100) == [10])
    #expect(victims(51, 100) == [10, 20])
    #expect(victims(100, 100) == [10, 20, 30])
    #expect(victims(101, 100) == nil)
  }

  @Test func `the limit is half of what would be free, or what the user says`() throws {
    #expect(try WeightCacheLimit.parse(nil) == .automatic)
    #expect(try WeightCacheLimit.parse("on") == .automatic)
    #expect(try WeightCacheLimit.parse("OFF") == nil)
    #expect(try WeightCacheLimit.parse("0") == nil)
    #expect(try WeightCacheLimit.parse("20G") == .bytes(20_000_000_000))
    #expect(try WeightCacheLimit.parse("500m") == .bytes(500_000_000))
    #expect(try WeightCacheLimit.parse("123") == .bytes(123))
    for wrong in ["-1", "x", "G", "1.5G", "99999999999999999999", "9999999999999T"] {
      #expect(throws: GenerationError.self) { try WeightCacheLimit.parse(wrong) }
    }
    #expect(WeightCacheLimit.automatic.byteCount(used: 30, free: 70) == 50)
    #expect(WeightCacheLimit.automatic.byteCount(used: 30, free: nil) == 0)
    #expect(WeightCacheLimit.bytes(7).byteCount(used: 30, free: 70) == 7)
  }
}
