import ChaskiTestSupport
import ChaskiGeneration
import ChaskiSampling
import ChaskiTensors
import ChaskiTokenizers
import Foundation
import Testing

/// Broken copies of a working model, loaded and run all the way.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct HostileModelTests {
  /// Numbers from a fixed seed (Knuth's MMIX generator; its high bits are the good ones).
  private struct Numbers {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
  }

  /// Loads the model at `path` and generates two tokens; false if it is refused with an error.
  private func runs(_ path: String) async throws -> Bool {
    do {
      let backend = try CPUBackend(threadCount: 1)
      let engine = try InferenceEngine(model: try await LanguageModel.load(path: path, on: backend))
      var request = GenerationRequest(prompt: [1, 2, 3], sampling: .greedy)
      request.maximumTokens = 2
      _ = try await engine.generate(request)
      _ = engine.model.tokenizer?.encode(
        "Hello, wörld 123",
        addSpecialTokens: true,
        parseSpecialTokens: true
      )
      return true
    } catch {
      #expect(!"\(error)".isEmpty)
      return false
    }
  }

  /// Metadata, vocabulary and tensor descriptions come first; this many bytes hold most of them.
  @Test(arguments: [
    ("e2e/llama-spm/llama-spm-f16", 24_000), ("e2e/llama3-bpe/llama3-bpe-f16", 24_000),
    ("gguf/gemma2-f16", 2000), ("gguf/gpt2-f16", 2000), ("gguf/r1-distill-qwen2-f16", 2000),
  ])
  func `flipped bytes in the header give an error or a model that runs`(
    name: String,
    headerByteCount: Int
  ) async throws {
    let bytes = [UInt8](try Data(contentsOf: Shared.url("fixtures/\(name).gguf")))
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "broken.gguf")
    var numbers = Numbers(state: 42)
    var refused = 0
    for _ in 0..<400 {
      var broken = bytes
      for _ in 0...numbers.next(below: 4) {
        broken[numbers.next(below: headerByteCount)] = UInt8(numbers.next(below: 256))
      }
      try Data(broken).write(to: url)
      if !(try await runs(url.path)) { refused += 1 }
    }
    // Most bytes are text of tokens, which nothing can refuse; many are not.
    #expect(refused > 20)
  }

  @Test func `truncated files are errors`() async throws {
    let bytes = try Data(
      contentsOf: Shared.url("fixtures/e2e/llama3-bpe/llama3-bpe-f16.gguf")
    )
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "short.gguf")
    for length in stride(from: 0, to: bytes.count, by: 1009) {
      try bytes.prefix(length).write(to: url)
      #expect(try await runs(url.path) == false, "\(length) bytes of \(bytes.count)")
    }
  }
}
