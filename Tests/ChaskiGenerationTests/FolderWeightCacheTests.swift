import ChaskiTestSupport
import ChaskiGeneration
import ChaskiTensors
import Foundation
import Testing

/// The cache of packed weights, with a Hugging Face folder.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct FolderWeightCacheTests {
  /// A copy of a folder and an empty cache, for the length of a test.
  private struct Place {
    let folder: URL
    var model: URL { folder.appending(path: "model") }
    var cache: WeightCache {
      WeightCache(
        folder: folder.appending(path: "weights"),
        limit: .bytes(1 << 40),
        minimumByteCount: 0
      )
    }

    func load(_ cache: WeightCache?) async throws -> LanguageModel {
      try await LanguageModel.load(
        path: model.path,
        on: CPUBackend(threadCount: 1),
        withTokenizer: false,
        weightCache: cache
      )
    }

    /// Loads the model, computes, waits until what is to be kept is kept; whether it was mapped, and the logits.
    func start(_ cache: WeightCache?) async throws -> (isMapped: Bool, logits: [[Float]]) {
      let model = try await load(cache)
      let engine = try InferenceEngine(model: model)
      let list = LogitList()
      try await engine.forEachLogits(of: [1, 17, 99, 3, 42]) { _, row in list.append(row) }
      await model.weightSaving?.finish()
      return (model.weights.isMapped, list.rows)
    }
  }

  private func withPlace(
    _ name: String,
    _ body: (Place) async throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      let place = Place(folder: folder.url)
      try FileManager.default.copyItem(at: Shared.url("fixtures/models/\(name)"), to: place.model)
      try await body(place)
    }
  }

  @Test(arguments: ["llama2-gqa-sharded", "opt-350m", "qwen3-moe", "deepseek-v3"])
  func `the second start of a folder maps what the first one packed, with the same bits`(
    name: String
  ) async throws {
    try await withPlace(name) { place in
      let expected = try await place.start(nil)
      #expect(!expected.isMapped && !expected.logits.isEmpty)
      let first = try await place.start(place.cache)
      #expect(!first.isMapped && first.logits == expected.logits)
      let second = try await place.start(place.cache)
      #expect(second.isMapped && second.logits == expected.logits)
    }
  }

  /// A file of a folder whose change makes another model, or may.
  enum Change: String, CaseIterable, Sendable {
    /// A byte of a part of the weights, the time of the last change set back.
    case weights = "model-00002-of-00003.safetensors"
    case index = "model.safetensors.index.json"
    /// A hyperparameter that no recipe names.
    case configuration = "config.json"
  }

  @Test(arguments: Change.allCases)
  func `a changed file of a folder means that it is packed anew`(change: Change) async throws {
    try await withPlace("llama2-gqa-sharded") { place in
      let before = try await place.start(place.cache)
      let file = place.model.appending(path: change.rawValue)
      var bytes = try Data(contentsOf: file)
      let date = try #require(
        FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date
      )
      switch change {
      case .weights:
        // The last byte is a high one of a float32.
        bytes[bytes.count - 1] ^= 0x80
        try bytes.write(to: file)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: file.path)
      case .index: try bytes.write(to: file)
      case .configuration:
        let text = String(decoding: bytes, as: UTF8.self)
        let altered = text.replacing("\"rms_norm_eps\": 1e-05", with: "\"rms_norm_eps\": 1e-02")
        #expect(altered != text)
        try Data(altered.utf8).write(to: file)
      }
      let after = try await place.start(place.cache)
      let plain = try await place.start(nil)
      // Whatever was kept: the logits are those of the files as they are now.
      #expect(after.logits == plain.logits)
      switch change {
      case .weights: #expect(!after.isMapped && after.logits != before.logits)
      case .index: #expect(after.logits == before.logits)
      case .configuration: #expect(after.logits != before.logits)
      }
      #expect(try await place.start(place.cache).isMapped)
    }
  }
}
