import ChaskiTestSupport
import ChaskiGeneration
import ChaskiSampling
import ChaskiTensors
import Foundation
import Testing

/// Texts that outgrow the original context, against what transformers' `generate` gives.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct RegimeFixtureTests {
  private struct Meta: Decodable {
    struct Switch: Decodable {
      let prompt: [Int32]
      let generated: [Int32]

      enum CodingKeys: String, CodingKey {
        case prompt
        case generated = "generate_ids"
      }
    }

    let crossSwitch: Switch

    enum CodingKeys: String, CodingKey {
      case crossSwitch = "cross_switch"
    }
  }

  @Test(arguments: ["phi3-longrope", "llama-bias-ntk"], [1, 7, 96])
  func `tokens across the change of regime are the recorded ones`(
    name: String,
    chunkLength: Int
  ) async throws {
    let folder = Shared.url("fixtures/models/\(name)")
    let expected = try JSONDecoder().decode(
      Meta.self,
      from: Data(contentsOf: folder.appending(path: "meta.json"))
    ).crossSwitch
    let model = try await TestModels.load("fixtures/models/\(name)")
    var options = EngineOptions()
    (options.cacheType, options.contextLength) = (.f32, 128)
    options.prefillChunkLength = chunkLength
    var request = GenerationRequest(prompt: expected.prompt, sampling: .greedy)
    request.maximumTokens = expected.generated.count
    request.ignoresEndOfText = true
    var text = Speculation.text
    text.matchLengths = 1...3
    for speculation in [.off, text, .draft(by: model)] {
      let engine = try InferenceEngine(model: model, options: options, speculation: speculation)
      #expect(try await engine.generate(request).tokens == expected.generated)
      // Once more, with what of it can be used again in the cache.
      #expect(try await engine.generate(request).tokens == expected.generated)
    }
  }
}
