import ChaskiTestSupport
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

/// The Llama architecture with less exact caches and weights than its reference has.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct LlamaTests {
  /// Keys and values of 11 bits, each off by up to 2^-11 of itself: the logits, of deviation 1,
  /// move by some thousandths, while every mistake moves them by hundredths and more.
  @Test(arguments: FixtureModel.all.filter { $0.form == .gguf && $0.name.hasPrefix("llama") })
  func `a cache of 16 bits stays near the recorded logits`(fixture: FixtureModel) throws {
    let model = try TestModel(fixture)
    for name in ["p3", "p4"] {
      let prompt = try fixture.prompt(name)
      let found = try model.logits(prompt.tokens, cacheType: .f16)
      #expect(rootMeanSquare(found, prompt.logits) <= 3e-3)
    }
  }

  @Test func `a cache of 8 bits stays near one of 16`() throws {
    let file = Shared.url("data/stories260K/stories260K.gguf").path
    // Heads of width 8 do not fit the cache's blocks of 32: a typed error, not a trap.
    #expect(throws: TensorError.self) {
      _ = try TestModel(path: file).logits([1, 2, 3], cacheType: .q8_0)
    }
    let model = try TestModel(path: Shared.url("fixtures/e2e/kquant/Q4_K_M.gguf").path)
    let tokens = try SafetensorsFile(
      path: Shared.url("fixtures/e2e/kquant/reference.safetensors").path
    ).int32s("input_ids")
    let half = try model.logits(tokens)
    let eighth = try model.logits(tokens, cacheType: .q8_0)
    // 8 bits a number, 1/254 of the largest of 32: a few hundredths of the logits' deviation of 1.
    #expect(rootMeanSquare(half, eighth) < 0.03)
    #expect(half != eighth)
  }

  @Test func `quantised logits lie no farther from the exact ones than llama.cpp's`() throws {
    let file = try SafetensorsFile(
      path: Shared.url("fixtures/e2e/kquant/reference.safetensors").path
    )
    let exact = try file.floats("Q4_K_M.logits")
    let peer = try file.floats("Q4_K_M.llamacpp_logits")
    let model = try TestModel(path: Shared.url("fixtures/e2e/kquant/Q4_K_M.gguf").path)
    let found = try model.logits(try file.int32s("input_ids"))
    #expect(found.count == exact.count && peer.count == exact.count && !exact.isEmpty)
    #expect(largestDifference(found, exact) <= largestDifference(peer, exact))
    #expect(meanDifference(found, exact) <= meanDifference(peer, exact))
    #expect(rootMeanSquare(found, exact) <= rootMeanSquare(peer, exact))
  }
}
