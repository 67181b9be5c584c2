// Owns: logits for tests, and the comparison of distributions.

import ChaskiSampling
import Foundation
import Testing

/// `count` normally distributed logits, the same for the same seed.
func normalLogits(_ count: Int, seed: UInt64, deviation: Double = 3) -> [Float] {
  var random = SystemIndependentRandom(state: seed)
  return (0..<count).map { _ in
    let radius = sqrt(-2 * log(1 - random.unit()))
    return Float(deviation * radius * cos(2 * .pi * random.unit()))
  }
}

/// A linear congruential generator (Knuth's MMIX constants), so that test data owe nothing to the
/// generator under test.
struct SystemIndependentRandom {
  var state: UInt64

  mutating func unit() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }

  mutating func below(_ count: Int) -> Int { Int(unit() * Double(count)) }
}

/// Options where every stage does nothing, so that a test turns on what it means.
func neutralOptions() -> SamplingOptions {
  var options = SamplingOptions()
  options.temperature = 1
  options.topK = 0
  options.topP = 1
  options.minP = 0
  options.seed = 1
  return options
}

func referenceLogits(_ logits: [Float]) -> [Int32: Double] {
  Dictionary(
    uniqueKeysWithValues: logits.enumerated().filter { $0.element > -.infinity }
      .map { (Int32($0.offset), Double($0.element)) }
  )
}

/// Requires the same tokens, with probabilities that differ by at most `tolerance`.
func expectEqual(
  _ actual: [TokenChoice],
  _ expected: [Int32: Double],
  tolerance: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let actual = Dictionary(uniqueKeysWithValues: actual.map { ($0.token, $0.probability) })
  #expect(Set(actual.keys) == Set(expected.keys), sourceLocation: sourceLocation)
  var largest = 0.0
  for (token, probability) in expected {
    largest = max(largest, abs(probability - (actual[token] ?? .infinity)))
  }
  #expect(largest <= tolerance, sourceLocation: sourceLocation)
}
