// Owns: mixes against what llama.cpp's quantiser chooses, recorded by scripts/record-mixes.
// Does not own: sizes and exceptions (PlannerTests).

import ChaskiQuantization
import ChaskiTensors
import Foundation
import Testing

struct MixTests {
  /// A model as it was recorded.
  struct Recorded: Decodable, CustomTestStringConvertible, Sendable {
    let model: String
    let architecture: String
    let layers: Int
    let groupedQueries: Int
    let experts: Int
    let tensors: [Tensor]
    /// Types in runs, "2 Q4_K,1 Q6_K", by the mix's name, with and without an importance matrix.
    let mixes: [String: String]

    var testDescription: String { model }

    struct Tensor: Decodable, Sendable {
      let name: String
      let dimensions: [Int]

      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        name = try container.decode(String.self)
        dimensions = try container.decode([Int].self)
      }
    }
  }

  static let recorded: [Recorded] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/mixes.json")
    guard let data = try? Data(contentsOf: file) else { return [] }
    return (try? JSONDecoder().decode([Recorded].self, from: data)) ?? []
  }()

  @Test func `the recorded mixes are there`() {
    #expect(Self.recorded.count == 12)
  }

  @Test(arguments: recorded)
  func `every mix gives every tensor the type that llama.cpp gives it`(model: Recorded) throws {
    let tensors = model.tensors.map {
      TensorDescription(name: $0.name, type: .f32, dimensions: $0.dimensions)
    }
    for mix in QuantizationMix.allCases where mix != .f32 {
      for hasImportance in [false, true] {
        let plain = try #require(model.mixes[mix.rawValue])
        let expected =
          hasImportance ? model.mixes[mix.rawValue + " with importance"] ?? plain : plain
        let facts = ModelFacts(
          architecture: model.architecture,
          blockCount: model.layers,
          groupedQueryCount: model.groupedQueries,
          expertCount: model.experts,
          hasImportance: hasImportance
        )
        let plans = TypePlanner(mix: mix).plan(tensors, facts: facts)
        #expect(Self.runs(plans.map(\.type.name)) == expected, "\(mix.rawValue), \(hasImportance)")
      }
    }
  }

  private static func runs(_ names: [String]) -> String {
    var runs: [(count: Int, name: String)] = []
    for name in names {
      if runs.last?.name == name {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((1, name))
      }
    }
    return runs.map { "\($0.count) \($0.name)" }.joined(separator: ",")
  }
}
