// Checks: defaults, ranges and the coded form of the options, and the list of stages.

import ChaskiSampling
import Foundation
import Testing

struct SamplingOptionsTests {
  @Test func `the defaults are those that llama cpp's users know`() throws {
    let options = try SamplingOptions().validated()
    #expect(options.temperature == 0.8 && options.topK == 40 && options.topP == 0.95)
    #expect(options.minP == 0.05 && options.typicalP == 1 && options.topNSigma == -1)
    #expect(options.repeatLastN == 64 && options.repeatPenalty == 1)
    #expect(options.presencePenalty == 0 && options.frequencyPenalty == 0)
    #expect(options.dryMultiplier == 0 && options.dryBase == 1.75)
    #expect(options.dryAllowedLength == 2 && options.xtcThreshold == 0.1)
    #expect(options.mirostatTau == 5 && options.mirostatEta == 0.1)
    #expect(
      options.stages.map(\.rawValue).joined(separator: ";")
        == "penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature"
    )
  }

  typealias NumberPath = any WritableKeyPath<SamplingOptions, Double> & Sendable

  static let numbers: [(name: String, path: NumberPath)] = [
    ("temperature", \.temperature), ("dynamicTemperatureRange", \.dynamicTemperatureRange),
    ("dynamicTemperatureExponent", \.dynamicTemperatureExponent), ("topP", \.topP),
    ("minP", \.minP), ("typicalP", \.typicalP), ("topNSigma", \.topNSigma),
    ("xtcProbability", \.xtcProbability), ("xtcThreshold", \.xtcThreshold),
    ("repeatPenalty", \.repeatPenalty), ("presencePenalty", \.presencePenalty),
    ("frequencyPenalty", \.frequencyPenalty), ("dryMultiplier", \.dryMultiplier),
    ("dryBase", \.dryBase), ("mirostatTau", \.mirostatTau), ("mirostatEta", \.mirostatEta),
  ]

  @Test(arguments: numbers.indices, [Double.nan, .infinity, -.infinity, -101, 1001])
  func `a number out of its range is refused by name`(index: Int, value: Double) throws {
    let (name, path) = Self.numbers[index]
    var options = SamplingOptions()
    options[keyPath: path] = value
    let error = #expect(throws: SamplingError.self) { try options.validated() }
    guard case .optionOutOfRange(let option, let text, _)? = error else {
      Issue.record("not refused as out of range: \(String(describing: error))")
      return
    }
    #expect(option == name)
    #expect(text == "\(value)")
  }

  @Test func `counts, breakers, biases and stages are checked`() {
    let broken: [(inout SamplingOptions) -> Void] = [
      { $0.topK = -1 }, { $0.topK = .max }, { $0.repeatLastN = -2 }, { $0.dryLastN = -2 },
      { $0.dryAllowedLength = 0 }, { $0.dryBreakers = [[]] }, { $0.dryBreakers = [[-1]] },
      { $0.dryBreakers = Array(repeating: [1], count: 1025) },
      { $0.dryBreakers = [Array(repeating: 1, count: 1025)] },
      { $0.logitBias = [LogitBias(token: -1, bias: 0)] },
      { $0.logitBias = [LogitBias(token: 1, bias: .nan)] },
      { $0.logitBias = [LogitBias(token: 1, bias: .infinity)] },
      { $0.logitBias = [LogitBias(token: 1, bias: 1001)] },
      { $0.stages = [.topK, .topP, .topK] },
    ]
    for change in broken {
      var options = SamplingOptions()
      change(&options)
      #expect(throws: SamplingError.self) { try options.validated() }
      #expect(throws: SamplingError.self) { try Sampler(options) }
    }
  }

  @Test func `a list of stages is read in its order`() throws {
    #expect(try SamplerStage.order(parsing: "top_k; temperature") == [.topK, .temperature])
    #expect(try SamplerStage.order(parsing: "") == [])
    #expect(throws: SamplingError.duplicateStage(name: "dry")) {
      try SamplerStage.order(parsing: "dry;dry")
    }
    let error = #expect(throws: SamplingError.self) { try SamplerStage.order(parsing: "topk") }
    #expect(error?.description.contains("\"topk\"") == true)
    #expect(error?.description.contains("top_k") == true)
  }

  @Test func `coded options come back equal`() throws {
    var options = SamplingOptions()
    options.temperature = 0.123
    options.seed = .max
    options.dryBreakers = [[1], [2, 3]]
    options.logitBias = [LogitBias(token: 4, bias: -.infinity), LogitBias(token: 5, bias: 0.5)]
    options.stages = [.temperature, .topK]
    options.mirostat = .two
    let data = try JSONEncoder().encode(options)
    #expect(try JSONDecoder().decode(SamplingOptions.self, from: data) == options)
  }

  @Test func `missing keys are defaults`() throws {
    var expected = SamplingOptions()
    expected.topK = 7
    let data = Data(#"{"topK": 7, "comment": "kept simple"}"#.utf8)
    #expect(try JSONDecoder().decode(SamplingOptions.self, from: data) == expected)
  }
}
