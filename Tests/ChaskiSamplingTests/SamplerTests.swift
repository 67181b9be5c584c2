// Checks: choices, draws, determinism, biases, temperatures, and refusals of broken logits.

import ChaskiSampling
import Testing

struct SamplerTests {
  private func sampler(_ set: (inout SamplingOptions) -> Void) throws -> Sampler {
    var options = neutralOptions()
    set(&options)
    return try Sampler(options)
  }

  @Test func `greedy takes the lowest id of the largest logits`() throws {
    var sampler = try Sampler(.greedy)
    var logits: [Float] = [-1, 3, -0.5, 3, 2]
    #expect(
      try sampler.sample(logits: &logits) == TokenChoice(token: 1, probability: 1)
    )
    var zeros: [Float] = [-1, -0.0, 0.0]
    #expect(try sampler.sample(logits: &zeros).token == 1)
  }

  @Test func `top-k 1 is greedy`() throws {
    var options = SamplingOptions()
    options.topK = 1
    var one = try Sampler(options)
    var greedy = try Sampler(.greedy)
    for seed in 0..<50 {
      var logits = normalLogits(200, seed: UInt64(seed)).map { $0.rounded() }
      #expect(
        try one.sample(logits: &logits).token == greedy.sample(logits: &logits).token
      )
    }
  }

  @Test func `logits are as before after a choice`() throws {
    var sampler = try sampler {
      $0.logitBias = [LogitBias(token: 3, bias: 2), LogitBias(token: 3, bias: -.infinity)]
      $0.repeatPenalty = 1.5
      $0.dryMultiplier = 1
    }
    sampler.accept(contentsOf: [1, 2, 3, 1, 2, 3, 1, 2])
    let before = normalLogits(100, seed: 3)
    var logits = before
    _ = try sampler.sample(logits: &logits)
    #expect(logits == before)
    logits[50] = .nan
    #expect(throws: SamplingError.self) { try sampler.sample(logits: &logits) }
    #expect(logits[3] == before[3])
  }

  @Test func `draws follow the distribution`() throws {
    var sampler = try sampler { $0.temperature = 0.8 }
    let logits: [Float] = [1, 0.5, -1, 2, 0, -.infinity, 1.5, -2]
    let expected = Reference.softmax(Reference.temperature(referenceLogits(logits), 0.8))
    var counts: [Int32: Double] = [:]
    let draws = 50_000.0
    for _ in 0..<Int(draws) {
      var copy = logits
      let choice = try sampler.sample(logits: &copy)
      counts[choice.token, default: 0] += 1
      #expect(abs(choice.probability - (expected[choice.token] ?? 0)) < 1e-6)
    }
    var chiSquare = 0.0
    for (token, probability) in expected {
      let difference = (counts[token] ?? 0) - draws * probability
      chiSquare += difference * difference / (draws * probability)
    }
    // Six degrees of freedom: 40 is exceeded once in two million seeds.
    #expect(chiSquare < 40)
    #expect(counts[5] == nil)
  }

  @Test func `a draw is the inverse of the running sum at the generator's number`() throws {
    var sampler = try sampler { $0.topK = 8 }
    var random = RandomSource(seed: 1)
    for seed in 0..<200 {
      var logits = normalLogits(64, seed: UInt64(seed), deviation: 1)
      let ranked = Reference.ranked(Reference.softmax(Reference.topK(referenceLogits(logits), 8)))
      let goal = random.nextUnit()
      var reached = 0.0
      let expected = ranked.first { entry in
        reached += entry.value
        return goal < reached
      }
      #expect(try sampler.sample(logits: &logits).token == expected?.token)
    }
  }

  @Test func `the same seed gives the same tokens and another seed others`() throws {
    func text(_ seed: UInt64?) throws -> [Int32] {
      var options = SamplingOptions()
      options.seed = seed
      options.xtcProbability = 0.5
      options.repeatPenalty = 1.1
      options.dryMultiplier = 0.8
      var sampler = try Sampler(options)
      var tokens: [Int32] = []
      for step in 0..<100 {
        var logits = normalLogits(300, seed: UInt64(step), deviation: 1)
        let token = try sampler.sample(logits: &logits).token
        sampler.accept(token)
        tokens.append(token)
      }
      return tokens
    }
    #expect(try text(5) == text(5))
    #expect(try text(5) != text(6))
    #expect(try text(nil) != text(nil))
  }

  @Test func `reset and a copy both repeat the text`() throws {
    var options = SamplingOptions()
    options.mirostat = .two
    options.repeatPenalty = 1.2
    var sampler = try Sampler(options)
    var copy = sampler
    func text(_ sampler: inout Sampler) throws -> [Int32] {
      try (0..<50).map { step in
        var logits = normalLogits(300, seed: UInt64(step), deviation: 1)
        let token = try sampler.sample(logits: &logits).token
        sampler.accept(token)
        return token
      }
    }
    let first = try text(&sampler)
    #expect(try text(&copy) == first)
    #expect(try text(&sampler) != first)
    sampler.reset()
    #expect(try text(&sampler) == first)
  }

  @Test func `a bias adds to a logit and minus infinity forbids`() throws {
    var sampler = try sampler {
      $0.logitBias = [LogitBias(token: 0, bias: -.infinity), LogitBias(token: 2, bias: 1.5)]
    }
    var logits: [Float] = [5, 1, 0, -1]
    let expected = Reference.softmax([1: 1, 2: 1.5, 3: -1])
    expectEqual(try sampler.distribution(logits: &logits), expected)
  }

  @Test func `a bias of a token that is not there is refused`() throws {
    var sampler = try sampler { $0.logitBias = [LogitBias(token: 4, bias: 1)] }
    var logits: [Float] = [5, 1, 0, -1]
    #expect(
      throws: SamplingError.tokenOutsideVocabulary(
        option: "logitBias",
        token: 4,
        vocabularyCount: 4
      )
    ) { try sampler.sample(logits: &logits) }
  }

  @Test(arguments: [0.01, 0.5, 1, 1.7, 30])
  func `temperature divides the logits`(temperature: Double) throws {
    let logits = normalLogits(500, seed: 20)
    var sampler = try sampler { $0.temperature = temperature }
    var copy = logits
    let expected = Reference.softmax(
      Reference.temperature(referenceLogits(logits), temperature)
    )
    expectEqual(
      try sampler.distribution(logits: &copy).filter { $0.probability > 1e-12 },
      expected.filter { $0.value > 1e-12 }
    )
  }

  @Test(arguments: [(0.8, 0.5, 1.0), (1, 1, 2), (0.5, 0.7, 0.5), (0, 2, 1)])
  func `a dynamic temperature follows the entropy`(
    temperature: Double,
    range: Double,
    exponent: Double
  ) throws {
    for deviation in [0.3, 1, 4] {
      let logits = normalLogits(500, seed: 21, deviation: deviation)
      var sampler = try sampler {
        $0.temperature = temperature
        $0.dynamicTemperatureRange = range
        $0.dynamicTemperatureExponent = exponent
      }
      var copy = logits
      let expected = Reference.softmax(
        Reference.dynamicTemperature(
          referenceLogits(logits),
          temperature,
          range: range,
          exponent: exponent
        )
      )
      expectEqual(
        try sampler.distribution(logits: &copy).filter { $0.probability > 1e-12 },
        expected.filter { $0.value > 1e-12 }
      )
    }
  }

  @Test(arguments: [0, 1, 0.8], [Float.nan, .infinity])
  func `logits without a distribution are refused`(temperature: Double, value: Float) throws {
    for topK in [0, 1, 40, 5000] {
      var sampler = try sampler {
        $0.temperature = temperature
        $0.topK = topK
      }
      for index in [0, 7, 1999] {
        var logits = normalLogits(2000, seed: 1)
        logits[index] = value
        let error = #expect(throws: SamplingError.self) { try sampler.sample(logits: &logits) }
        guard case .unusableLogit(let token, _)? = error else {
          Issue.record("not refused as unusable: \(String(describing: error))")
          return
        }
        #expect(token == index)
      }
    }
  }

  @Test(arguments: SamplerStage.allCases)
  func `a stage that comes first refuses broken logits`(stage: SamplerStage) throws {
    var sampler = try sampler {
      $0.stages = [stage]
      ($0.topK, $0.topP, $0.minP, $0.typicalP, $0.topNSigma) = (5, 0.5, 0.5, 0.5, 1)
      ($0.xtcProbability, $0.temperature, $0.repeatPenalty, $0.dryMultiplier) = (1, 2, 2, 1)
    }
    for broken: [Float] in [[1, .nan, 2], [-1, 2, .infinity]] {
      var logits = broken
      #expect(throws: SamplingError.self) { try sampler.sample(logits: &logits) }
    }
    for count in [0, 1, 100] {
      var logits = [Float](repeating: -.infinity, count: count)
      #expect(throws: SamplingError.everyTokenForbidden(vocabularyCount: count)) {
        try sampler.sample(logits: &logits)
      }
    }
  }

  @Test func `extreme logits are chosen from without trouble`() throws {
    for set: (inout SamplingOptions) -> Void in [
      { _ in }, { $0.temperature = 0.01 }, { $0.topNSigma = 1 }, { $0.typicalP = 0.5 },
      { $0.topP = 0.5 }, { $0.minP = 0.1 }, { $0.mirostat = .one }, { $0.mirostat = .two },
      { $0.dynamicTemperatureRange = 1 },
    ] {
      var sampler = try sampler(set)
      var logits: [Float] = [-3e38, 3e38, 0, -.infinity, .leastNonzeroMagnitude]
      #expect(try sampler.sample(logits: &logits).token == 1)
    }
  }

  @Test func `log-probabilities are those of the raw logits`() throws {
    let logits = normalLogits(3000, seed: 30)
    let expected = Reference.ranked(
      Reference.softmax(referenceLogits(logits)).mapValues { referenceLog($0) }
    )
    let found = try LogProbabilities(of: 17, top: 20, in: logits.span)
    #expect(found.top.map(\.token) == expected.prefix(20).map(\.token))
    for (one, other) in zip(found.top, expected) {
      #expect(abs(one.logProbability - other.value) < 1e-12)
    }
    let chosen = try #require(expected.first { $0.token == 17 })
    #expect(abs(found.chosen.logProbability - chosen.value) < 1e-12)
    #expect(try LogProbabilities(of: 0, top: 0, in: logits.span).top.isEmpty)
    #expect(throws: SamplingError.self) {
      try LogProbabilities(of: 3000, top: 1, in: logits.span)
    }
  }
}
