// Checks: distributions against those recorded from the reference's warpers.

import ChaskiTestSupport
import ChaskiSampling
import Foundation
import Testing

struct SharedDistributionTests {
  /// What a file of recorded distributions holds: name to float32 values.
  private func tensors(_ model: String) throws -> [String: [Float]] {
    let data = try Data(contentsOf: Shared.url("fixtures/e2e/\(model)/sampling.safetensors"))
    let headerCount = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    struct Entry: Decodable {
      let data_offsets: [Int]
    }
    let header = try JSONDecoder().decode(
      [String: Entry].self,
      from: Data(data.dropFirst(8).prefix(headerCount))
    )
    let values = [UInt8](data.dropFirst(8 + headerCount))
    return header.mapValues { entry in
      stride(from: entry.data_offsets[0], to: entry.data_offsets[1], by: 4).map { at in
        Float(
          bitPattern: (0..<4).reduce(0) { $0 | UInt32(values[at + $1]) << UInt32(8 * $1) }
        )
      }
    }
  }

  private struct Expected: Decodable {
    struct Case: Decodable {
      let ids: [Int32]
      let greedy_repetition_penalty_1_3: [Int32]
    }
    let cases: [Case]
  }

  private func recordedCase(_ model: String) throws -> Expected.Case {
    let data = try Data(contentsOf: Shared.url("fixtures/e2e/\(model)/expected.json"))
    return try JSONDecoder().decode(Expected.self, from: data).cases[1]
  }

  @Test(
    .enabled(if: Shared.isPresent, Shared.reason),
    arguments: ["llama-spm", "llama3-bpe"],
    [
      "minp0.1", "rep1.2_temp0.8_topk20_topp0.9", "rep1.5", "temp0.7", "topk5", "topp0.8",
      "typical0.6",
    ]
  )
  func `distributions equal the recorded ones`(model: String, name: String) throws {
    var options = neutralOptions()
    options.repeatLastN = -1
    options.stages = []
    for part in name.split(separator: "_") {
      let value = try #require(Double(part.drop { $0.isLetter }))
      switch part.prefix(while: \.isLetter) {
      case "minp": (options.minP, options.stages) = (value, options.stages + [.minP])
      case "rep": (options.repeatPenalty, options.stages) = (value, options.stages + [.penalties])
      case "temp": (options.temperature, options.stages) = (value, options.stages + [.temperature])
      case "topk": (options.topK, options.stages) = (Int(value), options.stages + [.topK])
      case "topp": (options.topP, options.stages) = (value, options.stages + [.topP])
      case "typical": (options.typicalP, options.stages) = (value, options.stages + [.typicalP])
      default: Issue.record("no stage for \(part)")
      }
    }
    let recorded = try tensors(model)
    var sampler = try Sampler(options)
    sampler.accept(contentsOf: try recordedCase(model).ids)
    var logits = try #require(recorded["logits"])
    let distribution = try sampler.distribution(logits: &logits)
    let expected = try #require(recorded["probs.\(name)"])
    // The record is float32: a softmax of logits of magnitude 10 errs by about 10 * 2^-24.
    expectEqual(
      distribution.filter { expected[Int($0.token)] > 0 },
      Dictionary(
        uniqueKeysWithValues: expected.enumerated().filter { $0.element > 0 }
          .map { (Int32($0.offset), Double($0.element)) }
      )
    )
    #expect(distribution.count == expected.count { $0 > 0 })
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason), arguments: ["llama-spm", "llama3-bpe"])
  func `a penalised greedy choice is the recorded one`(model: String) throws {
    var options = SamplingOptions.greedy
    options.repeatPenalty = 1.3
    let recorded = try recordedCase(model)
    var sampler = try Sampler(options)
    sampler.accept(contentsOf: recorded.ids)
    var logits = try #require(try tensors(model)["logits"])
    #expect(
      try sampler.sample(logits: &logits).token == recorded.greedy_repetition_penalty_1_3[0]
    )
  }
}
