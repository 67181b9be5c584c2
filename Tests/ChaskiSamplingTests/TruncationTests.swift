// Checks: the stages that keep and drop candidates, against plain references from their sources.

import ChaskiSampling
import Testing

struct TruncationTests {
  private func distribution(
    _ logits: [Float],
    _ set: (inout SamplingOptions) -> Void
  ) throws -> [TokenChoice] {
    var options = neutralOptions()
    set(&options)
    var sampler = try Sampler(options)
    var logits = logits
    return try sampler.distribution(logits: &logits)
  }

  @Test(arguments: [1, 2, 40, 999, 1000, 1023, 1024, 1025, 1999, 2000, 5000])
  func `top-k keeps the k best`(k: Int) throws {
    let logits = normalLogits(2000, seed: 7)
    let expected = Reference.topK(referenceLogits(logits), k)
    expectEqual(try distribution(logits) { $0.topK = k }, Reference.softmax(expected))
  }

  @Test(arguments: [1, 3, 7, 30, 1500])
  func `top-k takes the lower ids of equal logits`(k: Int) throws {
    let logits = normalLogits(2000, seed: 8).map { $0.rounded() }
    let expected = Reference.topK(referenceLogits(logits), k)
    expectEqual(try distribution(logits) { $0.topK = k }, Reference.softmax(expected))
  }

  @Test(arguments: 0..<4)
  func `top-k does not mind in which order the logits come`(order: Int) throws {
    let count = 20_000
    let logits = (0..<count).map { index in
      switch order {
      case 0: Float(index)
      case 1: Float(-index)
      case 2: Float(min(index, count - index))
      default: Float(index % 7)
      }
    }.map { $0 * 1e-4 }
    let expected = Reference.topK(referenceLogits(logits), 3000)
    expectEqual(try distribution(logits) { $0.topK = 3000 }, Reference.softmax(expected))
  }

  @Test(arguments: [0, 0.1, 0.5, 0.9, 0.99, 0.9999], [1, 5, 3000])
  func `top-p keeps the smallest set that reaches p`(p: Double, count: Int) throws {
    let logits = normalLogits(count, seed: 9)
    let expected = Reference.topP(referenceLogits(logits), p)
    expectEqual(try distribution(logits) { $0.topP = p }, Reference.softmax(expected))
  }

  @Test func `top-p on a flat distribution keeps its share by lowest id`() throws {
    let kept = try distribution([Float](repeating: 2, count: 4000)) { $0.topP = 0.75 }
    #expect(kept.map(\.token) == (0..<3000).map { Int32($0) })
  }

  @Test(arguments: [0.001, 0.05, 0.5, 1], [1, 5, 3000])
  func `min-p keeps what is at least p times the best`(p: Double, count: Int) throws {
    let logits = normalLogits(count, seed: 10)
    let expected = Reference.minP(referenceLogits(logits), p)
    expectEqual(try distribution(logits) { $0.minP = p }, Reference.softmax(expected))
  }

  @Test(arguments: [0.05, 0.2, 0.6, 0.95], [1, 5, 3000])
  func `typical keeps surprises near the entropy`(p: Double, count: Int) throws {
    let logits = normalLogits(count, seed: 11)
    let expected = Reference.typical(referenceLogits(logits), p)
    expectEqual(try distribution(logits) { $0.typicalP = p }, Reference.softmax(expected))
  }

  @Test func `typical drops a likely token that is less typical`() throws {
    // Probabilities 0.4 and six times 0.1: the entropy is 1.75 nats, the surprises are 0.92 and 2.3,
    // so the six are nearer to it.
    let logits = [0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1].map { Float(referenceLog($0)) }
    #expect(try distribution(logits) { $0.typicalP = 0.25 }.map(\.token) == [1, 2, 3])
  }

  @Test(arguments: [0.1, 1, 2.5, 100], [1, 5, 3000])
  func `top-n-sigma keeps logits near the largest`(n: Double, count: Int) throws {
    let logits = normalLogits(count, seed: 12)
    let expected = Reference.topNSigma(referenceLogits(logits), n)
    expectEqual(try distribution(logits) { $0.topNSigma = n }, Reference.softmax(expected))
  }

  @Test func `top-n-sigma does not count forbidden tokens`() throws {
    var logits = normalLogits(500, seed: 13)
    for index in stride(from: 0, to: 500, by: 3) { logits[index] = -.infinity }
    let expected = Reference.topNSigma(referenceLogits(logits), 1.5)
    expectEqual(try distribution(logits) { $0.topNSigma = 1.5 }, Reference.softmax(expected))
  }

  @Test(arguments: [0, 0.01, 0.1, 0.3, 0.5, 0.51])
  func `a certain XTC leaves the least of the good choices`(threshold: Double) throws {
    let logits = normalLogits(300, seed: 14, deviation: 2)
    let reference = referenceLogits(logits)
    let expected =
      threshold > 0.5 ? reference : Reference.excludeTopChoices(reference, threshold)
    let kept = try distribution(logits) {
      $0.xtcProbability = 1
      $0.xtcThreshold = threshold
    }
    expectEqual(kept, Reference.softmax(expected))
  }

  @Test func `XTC acts as often as its probability says`() throws {
    var options = neutralOptions()
    options.xtcProbability = 0.3
    var sampler = try Sampler(options)
    var acted = 0
    for _ in 0..<10_000 {
      var logits: [Float] = [2, 1.9, 0]
      if try sampler.distribution(logits: &logits).count == 2 { acted += 1 }
    }
    // Six standard deviations of a binomial of 10,000 at 0.3.
    #expect(abs(Double(acted) - 3000) < 6 * (10_000 * 0.3 * 0.7).squareRoot())
  }

  @Test(arguments: 0..<20)
  func `stages in any order equal the references in that order`(seed: Int) throws {
    var random = SystemIndependentRandom(state: UInt64(seed))
    var stages: [SamplerStage] = [.topNSigma, .topK, .typicalP, .topP, .minP, .temperature]
    for index in stages.indices.reversed() {
      stages.swapAt(index, random.below(index + 1))
    }
    let logits = normalLogits(1500, seed: UInt64(seed) + 100)
    var expected = referenceLogits(logits)
    for stage in stages {
      switch stage {
      case .topNSigma: expected = Reference.topNSigma(expected, 3)
      case .topK: expected = Reference.topK(expected, 200)
      case .typicalP: expected = Reference.typical(expected, 0.9)
      case .topP: expected = Reference.topP(expected, 0.9)
      case .minP: expected = Reference.minP(expected, 0.02)
      default: expected = Reference.temperature(expected, 1.4)
      }
    }
    let kept = try distribution(logits) {
      $0.stages = stages
      $0.topNSigma = 3
      $0.topK = 200
      $0.typicalP = 0.9
      $0.topP = 0.9
      $0.minP = 0.02
      $0.temperature = 1.4
    }
    expectEqual(kept, Reference.softmax(expected))
  }
}
