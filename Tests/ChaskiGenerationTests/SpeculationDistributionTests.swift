import ChaskiTestSupport
import ChaskiGeneration
import ChaskiSampling
import ChaskiTokenizers
import Foundation
import Testing

/// With guesses, tokens still come as often as the model's probabilities say.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct SpeculationDistributionTests {
  private static let prompt = "One day, there was a dog. One day, there was a"
  private static let seedCount = 3000
  /// Tokens whose joint distribution is compared; the third and fourth may come from guesses.
  private static let length = 4

  private static func sampling(seed: UInt64 = 0) -> SamplingOptions {
    var options = SamplingOptions()
    (options.temperature, options.topK, options.topP, options.minP) = (1.2, 3, 1, 0)
    options.seed = seed
    return options
  }

  @Test(arguments: SpeculationTests.Guesser.allCases)
  func `the joint distribution of four sampled tokens is the model's`(
    guesser: SpeculationTests.Guesser
  ) async throws {
    let model = try await TestModels.stories()
    let prompt = try model.requireTokenizer().encode(
      Self.prompt,
      addSpecialTokens: true,
      parseSpecialTokens: false
    )
    let expected = try await Self.distribution(after: prompt, model)
    var speculation: Speculation =
      switch guesser {
      case .text: .text
      case .itself: .draft(by: model)
      case .shortened: .draft(by: try await TestModels.shortenedStories(blockCount: 3))
      }
    speculation.matchLengths = 1...3
    let engine = try InferenceEngine(model: model, speculation: speculation)
    var counts: [[Int32]: Int] = [:]
    var (drafted, accepted) = (0, 0)
    for seed in 0..<Self.seedCount {
      var request = GenerationRequest(prompt: prompt, sampling: Self.sampling(seed: UInt64(seed)))
      request.maximumTokens = Self.length
      request.ignoresEndOfText = true
      let result = try await engine.generate(request)
      counts[result.tokens, default: 0] += 1
      drafted += result.statistics.draftedTokenCount
      accepted += result.statistics.acceptedTokenCount
    }
    // Guesses were both right and wrong, or always right where the model guesses for itself.
    #expect(drafted > Self.seedCount / 10)
    #expect(accepted > drafted / 20)
    #expect((accepted < drafted) == (guesser != .itself))
    #expect(Set(counts.keys).isSubset(of: expected.keys))
    let (statistic, degrees) = Self.chiSquare(counts, expected)
    #expect(degrees > 20)
    // A chi-square of n degrees exceeds n + 2 sqrt(nx) + 2x with a probability of at most e^-x (Laurent and
    // Massart, 2000, lemma 1): here 1 in 10,000, once for all, since the seeds are fixed.
    let x = 9.3
    let bound = Double(degrees) + 2 * (Double(degrees) * x).squareRoot() + 2 * x
    #expect(statistic < bound)
  }

  /// The probability of each sequence of `length` tokens, from logits computed without any guess.
  private static func distribution(
    after prompt: [Int32],
    _ model: LanguageModel
  ) async throws -> [[Int32]: Double] {
    let engine = try InferenceEngine(model: model)
    var known: [[Int32]: Double] = [[]: 1]
    for _ in 0..<length {
      var next: [[Int32]: Double] = [:]
      for (tokens, probability) in known {
        let last = LastLogits()
        let all = prompt + tokens
        try await engine.forEachLogits(of: all, from: all.count - 1) { last.set($1) }
        var logits = last.value
        var sampler = try Sampler(sampling())
        for choice in try sampler.distribution(logits: &logits) {
          next[tokens + [choice.token]] = probability * choice.probability
        }
      }
      known = next
    }
    return known
  }

  /// Pearson's statistic and its degrees of freedom, with all rare outcomes as one.
  private static func chiSquare(
    _ counts: [[Int32]: Int],
    _ expected: [[Int32]: Double]
  ) -> (statistic: Double, degrees: Int) {
    var statistic = 0.0
    var cells = 0
    var (rareExpected, rareCount) = (0.0, 0)
    for (tokens, probability) in expected {
      let mean = probability * Double(seedCount)
      let count = counts[tokens] ?? 0
      if mean < 8 {
        rareExpected += mean
        rareCount += count
      } else {
        statistic += (Double(count) - mean) * (Double(count) - mean) / mean
        cells += 1
      }
    }
    if rareExpected > 0 {
      let difference = Double(rareCount) - rareExpected
      statistic += difference * difference / rareExpected
      cells += 1
    }
    return (statistic, cells - 1)
  }
}
