// Checks: repetition, presence and frequency penalties, and DRY with its breakers.

import ChaskiSampling
import Testing

struct PenaltyTests {
  @Test(arguments: [-1, 0, 1, 5, 64, 1000])
  func `penalties look at the last n tokens`(lastN: Int) throws {
    var options = neutralOptions()
    options.repeatLastN = lastN
    options.repeatPenalty = 1.3
    options.presencePenalty = 0.4
    options.frequencyPenalty = -0.15
    var sampler = try Sampler(options)
    var random = SystemIndependentRandom(state: 4)
    var tokens: [Int32] = []
    for step in 0..<400 {
      tokens.append(Int32(random.below(60)))
      sampler.accept(tokens[step])
      guard step % 13 == 0 else { continue }
      let logits = normalLogits(50, seed: UInt64(step))
      let window = lastN < 0 ? tokens : Array(tokens.suffix(lastN))
      var copy = logits
      expectEqual(
        try sampler.distribution(logits: &copy),
        Reference.softmax(
          Reference.penalties(
            referenceLogits(logits),
            window: window,
            repetition: 1.3,
            presence: 0.4,
            frequency: -0.15
          )
        )
      )
    }
  }

  @Test func `penalties after a truncation change only what is left`() throws {
    var options = neutralOptions()
    options.stages = [.topK, .penalties, .dry]
    options.topK = 4
    options.repeatPenalty = 2
    options.dryMultiplier = 1
    options.dryAllowedLength = 1
    var sampler = try Sampler(options)
    sampler.accept(contentsOf: [0, 1, 0])
    var logits: [Float] = [4, 3, 2, 1, 0]
    // Token 1 followed token 0 before: a repetition of length 1 costs 1 * 1.75^0.
    expectEqual(
      try sampler.distribution(logits: &logits),
      Reference.softmax([0: 2, 1: 1.5 - 1, 2: 2, 3: 1])
    )
  }

  @Test(arguments: 0..<30)
  func `DRY equals its author's loops`(seed: Int) throws {
    var random = SystemIndependentRandom(state: UInt64(seed))
    let lastN = seed % 3 == 0 ? -1 : 20 + seed
    var options = neutralOptions()
    options.dryMultiplier = 0.8
    options.dryBase = 1.6
    options.dryAllowedLength = 1 + seed % 3
    options.dryLastN = lastN
    options.dryBreakers = seed % 2 == 0 ? [] : [[4], [5]]
    var sampler = try Sampler(options)
    var tokens: [Int32] = []
    for step in 0..<300 {
      // Long stretches are copied, so that there are repetitions worth finding.
      let copies = step > 40 && random.unit() < 0.9
      let token = copies ? tokens[step - 17 - seed % 5] : Int32(random.below(6))
      tokens.append(token)
      sampler.accept(token)
      let logits: [Float] = [0, 1, 2, 3, 2, 1]
      let penalties = Reference.dryPenalties(
        lastN < 0 ? tokens : Array(tokens.suffix(lastN)),
        breakers: seed % 2 == 0 ? [] : [4, 5],
        multiplier: 0.8,
        base: 1.6,
        allowedLength: 1 + seed % 3
      )
      var expected = referenceLogits(logits)
      for (token, penalty) in penalties { expected[token, default: 0] -= penalty }
      var copy = logits
      // A large penalty leaves a probability that float logits cannot tell from zero.
      expectEqual(
        try sampler.distribution(logits: &copy).filter { $0.probability > 1e-9 },
        Reference.softmax(expected).filter { $0.value > 1e-9 }
      )
    }
  }

  @Test func `a breaker of several tokens ends the repetition that DRY sees`() throws {
    var options = neutralOptions()
    options.dryMultiplier = 1
    options.dryBase = 2
    options.dryAllowedLength = 2
    options.dryBreakers = [[8, 9]]
    var sampler = try Sampler(options)
    // 1 2 8 9 3 4 5 stands twice but for its end; after the breaker "3 4" repeats, so 5 costs 2^0.
    sampler.accept(contentsOf: [1, 2, 8, 9, 3, 4, 5, 0, 1, 2, 8, 9, 3, 4])
    var logits = [Float](repeating: 0, count: 10)
    var expected: [Int32: Double] = [:]
    for token in Int32(0)..<10 { expected[token] = 0 }
    expected[5] = -1
    expectEqual(try sampler.distribution(logits: &logits), Reference.softmax(expected))

    // Without the breaker the copy is 1 2 8 9 3 4: six tokens, 2^4.
    options.dryBreakers = []
    sampler = try Sampler(options)
    sampler.accept(contentsOf: [1, 2, 8, 9, 3, 4, 5, 0, 1, 2, 8, 9, 3, 4])
    expected[5] = -16
    expectEqual(try sampler.distribution(logits: &logits), Reference.softmax(expected))
  }

  @Test func `a token repeated for a long time costs much and overflows nothing`() throws {
    var options = neutralOptions()
    options.dryMultiplier = 100
    options.dryBase = 100
    var sampler = try Sampler(options)
    sampler.accept(contentsOf: repeatElement(3, count: 20_000))
    var logits: [Float] = [0, 0, 0, 50]
    let choice = try sampler.sample(logits: &logits)
    #expect(choice.token != 3)
    var only: [Float] = [-.infinity, -.infinity, -.infinity, 50]
    #expect(try sampler.sample(logits: &only).token == 3)
  }

  @Test func `tokens that the vocabulary lacks are no trouble to penalties`() throws {
    var options = neutralOptions()
    options.repeatPenalty = 2
    options.dryMultiplier = 1
    var sampler = try Sampler(options)
    sampler.accept(contentsOf: [-1, 99, .min, .max, -1, 99, .min, .max, -1, 99])
    var logits: [Float] = [1, 2]
    expectEqual(try sampler.distribution(logits: &logits), Reference.softmax([0: 1, 1: 2]))
  }
}
