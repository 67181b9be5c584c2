import ChaskiTestSupport
import ChaskiEvaluation
import ChaskiFiles
import ChaskiGeneration
import ChaskiTensors
import ChaskiTokenizers
import Foundation
import Testing

/// Perplexity and exported logits of small real models.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct PerplexityTests {
  private func engine(
    _ path: String,
    options: EngineOptions = EngineOptions()
  ) async throws -> InferenceEngine {
    try InferenceEngine(
      model: try await LanguageModel.load(
        path: Shared.url(path).path,
        on: CPUBackend(threadCount: 1)
      ),
      options: options
    )
  }

  @Test func `the log-likelihoods of a window come from the logits before each token`() async throws
  {
    let engine = try await engine("data/stories260K/stories260K.gguf")
    let text = Array(
      String(repeating: "Once upon a time, there was a little girl named Lily. ", count: 12).utf8
    )
    let found = try await Perplexity.measure(
      text,
      with: engine,
      contextLength: 64,
      maximumChunks: 1
    )
    // The same by hand: the window's first token is the beginning, its second half is scored.
    let tokenizer = try engine.model.requireTokenizer()
    let tokens = Array(
      tokenizer.encode(utf8: text, addSpecialTokens: true, parseSpecialTokens: false).prefix(64)
    )
    let scores = Scores()
    try await engine.forEachLogits(of: tokens) { position, logits in
      guard position >= 32, position < 63 else { return }
      let total = logits.reduce(0.0) { $0 + exp(Double($1)) }
      scores.add(Double(logits[Int(tokens[position + 1])]) - log(total))
    }
    #expect(found.scoredTokenCount == 31)
    #expect(scores.count == 31)
    // exp in float32 for each of 512 logits: some 1e-6 of the sum.
    #expect(abs(log(found.value) + scores.sum / 31) < 1e-5)
  }

  @Test func `a text that is too short is an error that names both lengths`() async throws {
    let engine = try await engine("data/stories260K/stories260K.gguf")
    await #expect(throws: EvaluationError.self) {
      try await Perplexity.measure(Array("Hello".utf8), with: engine, contextLength: 64)
    }
  }

  @Test func `exported logits are the model's`() async throws {
    var options = EngineOptions()
    options.cacheType = .f32
    let engine = try await engine("fixtures/gguf/llama31-f16.gguf", options: options)
    let reference = try SafetensorsFile(
      path: Shared.url("fixtures/gguf/reference.safetensors").path
    )
    let tokens = try reference.int32s("llama31.p3.input_ids")
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "logits.safetensors").path
    try await engine.exportLogits(of: tokens, to: path)
    let file = try SafetensorsFile(path: path)
    let found = try file.floats("logits")
    let expected = try reference.floats("llama31.p3.logits")
    #expect(file.tensor("logits")?.shape == [tokens.count, 176])
    // `suggested_atol_logits` of the fixture.
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 4e-5 })
  }
}
