import ChaskiTestSupport
import ChaskiEvaluation
import ChaskiFiles
import ChaskiGeneration
import ChaskiModels
import ChaskiTensors
import Foundation
import Testing

/// Figures of a small real model: what is counted, not how fast it is.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct BenchmarkTests {
  private func engine(
    _ path: String = "data/stories260K/stories260K.gguf"
  ) async throws -> InferenceEngine {
    try InferenceEngine(
      model: try await LanguageModel.load(
        path: Shared.url(path).path,
        on: CPUBackend(threadCount: 1),
        withTokenizer: false
      )
    )
  }

  private func figures(_ plan: BenchmarkPlan) async throws -> [BenchmarkFigure] {
    let figures = Figures()
    try await Benchmark(plan).run(with: engine()) { figures.append($0) }
    return figures.all
  }

  @Test func `each combination of the plan is a figure, depths in ascending order`() async throws {
    let found = try await figures(
      BenchmarkPlan(
        promptLengths: [16],
        decodeLengths: [4],
        depths: [70, 0],
        batchSizes: [1, 2],
        repetitions: 2,
        chunkLength: 8,
        cacheTypes: [.f16, .f32]
      )
    )
    #expect(
      found.map(\.kind)
        == Array(repeating: [.prefill, .decode, .decode], count: 4).joined().map { $0 }
    )
    #expect(found.map(\.depth) == [0, 0, 0, 70, 70, 70, 0, 0, 0, 70, 70, 70])
    #expect(found.map(\.batchSize).suffix(3) == [1, 1, 2])
    #expect(
      found.map(\.cacheType) == Array(repeating: "f16", count: 6)
        + Array(repeating: "f32", count: 6)
    )
    #expect(found.allSatisfy { $0.rates.count == 2 && $0.medianRate > 0 })
  }

  @Test func `decode reads all weights a step, and the positions of every sequence`() async throws {
    let model = try await engine().model
    let found = try await figures(
      BenchmarkPlan(
        promptLengths: [8],
        decodeLengths: [4],
        depths: [10],
        batchSizes: [3],
        repetitions: 1
      )
    )
    let (prefill, decode) = (found[0], found[1])
    let layout = try CacheLayout(layers: model.architecture.cacheLayers, type: .f16)
    // Steps of three tokens each; the four steps see 11, 12, 13 and 14 positions, three times each.
    let steps = decode.medianRate / 3
    let weights = Double(model.packedByteCount) * steps
    let cache = Double(layout.bytesPerPosition * 50 * 3) * steps / 4
    #expect(abs(decode.weightBytesPerSecond / weights - 1) < 1e-9)
    #expect(abs(decode.cacheBytesPerSecond / cache - 1) < 1e-9)
    #expect(
      abs(decode.bandwidthShare * decode.limits.readBandwidth / (weights + cache) - 1) < 1e-9
    )
    // All tokens are multiplied with all weights; those of the output only once.
    let output = model.architecture.embeddingLength * model.architecture.vocabularyCount
    let operations = Double(2 * (8 * (model.packedWeightCount - output) + output))
    #expect(abs(prefill.operationsPerSecond / (operations * prefill.medianRate / 8) - 1) < 1e-9)
    #expect(prefill.cacheBytesPerSecond == 0)
  }

  @Test(arguments: ["data/stories260K/stories260K.gguf", "fixtures/gguf/llama31-f16.gguf"])
  func `the mix of weights has every packed weight`(path: String) async throws {
    let model = try await engine(path).model
    #expect(WeightMix(of: model).counts.values.reduce(0, +) == model.packedWeightCount)
  }

  @Test(arguments: ["fixtures/gguf/mixtral-f16.gguf", "fixtures/gguf/deepseek-v3-f16.gguf"])
  func `of a mixture a token needs the chosen experts only`(path: String) async throws {
    let model = try await engine(path).model
    let use = WeightUse(of: model)
    // From the sizes in config.json: layers of a mixture x experts x 3 matrices x their size, of all matrices.
    let expected: (share: Double, chosen: Double) =
      path.contains("mixtral")
      ? (Double(2 * 4 * 3 * 64 * 48) / 110_080, 2.0 / 4)
      : (Double(2 * 8 * 3 * 64 * 16) / 112_128, 3.0 / 8)
    #expect(abs(use.expertWeightShare - expected.share) < 1e-6)
    #expect(use.chosenShare == expected.chosen)
    #expect(abs(use.multipliedShare - (1 - expected.share * (1 - expected.chosen))) < 1e-6)
    // In bytes the float32 routers weigh twice. Two tokens that choose at random meet in some experts.
    #expect(abs(use.readShare(rows: 1) - use.multipliedShare) < 0.01)
    let missed = (1 - expected.chosen) * (1 - expected.chosen)
    #expect(abs(use.readShare(rows: 2) - (1 - expected.share * missed)) < 0.01)
    #expect(abs(use.readShare(rows: 100_000) - 1) < 1e-6)
  }

  @Test func `a dense model needs all its weights`() async throws {
    let use = WeightUse(of: try await engine().model)
    #expect(use.multipliedShare == 1)
    #expect(use.readShare(rows: 1) == 1)
  }

  @Test func `the peak of a mix is the time its parts take`() async throws {
    let mix = WeightMix(of: try await engine().model)
    let limits = MachineLimits(readBandwidth: 1, int8Rate: 400, float32Rate: 100)
    // This model's weights are float32; the sum of times rounds.
    #expect(abs(mix.peakRate(limits) - 100) < 1e-9)
  }

  @Test func `a limit is the better of two measurements`() {
    let a = MachineLimits(readBandwidth: 1, int8Rate: 5, float32Rate: 3)
    let b = MachineLimits(readBandwidth: 2, int8Rate: 4, float32Rate: 3)
    #expect(
      a.orBetter(b) == MachineLimits(readBandwidth: 2, int8Rate: 5, float32Rate: 3)
    )
  }

  @Test(arguments: [
    BenchmarkPlan(promptLengths: [8], repetitions: 0), BenchmarkPlan(promptLengths: [0]),
    BenchmarkPlan(decodeLengths: [8], depths: [-1]),
    BenchmarkPlan(decodeLengths: [8], batchSizes: [0]),
    BenchmarkPlan(promptLengths: [8], chunkLength: 0),
  ])
  func `a plan that makes no sense is refused`(plan: BenchmarkPlan) {
    #expect(throws: EvaluationError.self) { try Benchmark(plan) }
  }
}
