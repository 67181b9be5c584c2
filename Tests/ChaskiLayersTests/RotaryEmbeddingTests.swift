import ChaskiLayers
import ChaskiTensors
import Foundation
import Testing

/// Frequencies against the papers' formulas in double precision.
struct RotaryEmbeddingTests {
  /// Frequencies and factors are float32 with a few roundings each.
  private let tolerance = 4 * 0x1p-23

  private func expectClose(_ found: [Float], _ expected: [Double]) {
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) {
      #expect(abs(Double(a) - b) <= abs(b) * tolerance)
    }
  }

  private func plain(_ width: Int, _ base: Double) -> [Double] {
    (0..<width / 2).map { pow(base, -2 * Double($0) / Double(width)) }
  }

  @Test func `frequencies fall as powers of the base`() {
    expectClose(RotaryEmbedding(width: 64, base: 10_000).frequencies, plain(64, 10_000))
  }

  @Test func `linear scaling divides every frequency`() {
    let found = RotaryEmbedding(width: 64, base: 10_000, scaling: .linear(factor: 4))
    expectClose(found.frequencies, plain(64, 10_000).map { $0 / 4 })
    #expect(found.attentionFactor == 1)
  }

  @Test func `NTK scaling leaves the fastest pair and stretches the slowest by the factor`() throws
  {
    let found = RotaryEmbedding(width: 64, base: 10_000, scaling: .ntk(factor: 4)).frequencies
    let trained = plain(64, 10_000)
    #expect(found.first == 1)
    let slowest = try #require(found.last)
    let expected = try #require(trained.last) / 4
    #expect(abs(Double(slowest) - expected) <= expected * 1e-5)
  }

  @Test func `Llama 3 scaling keeps short waves, divides long ones, smooths between`() {
    let numbers = RotaryScaling.Llama3(
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContext: 8192
    )
    let found = RotaryEmbedding(width: 128, base: 500_000, scaling: .llama3(numbers)).frequencies
    let expected = plain(128, 500_000).map { frequency -> Double in
      let wavelength = 2 * Double.pi / frequency
      if wavelength < 8192 / 4 { return frequency }
      if wavelength > 8192 { return frequency / 8 }
      let smooth = (8192 / wavelength - 1) / 3
      return (1 - smooth) * frequency / 8 + smooth * frequency
    }
    for (a, b) in zip(found, expected) {
      // The smooth part subtracts near-equal numbers: a few more roundings count.
      #expect(abs(Double(a) - b) <= abs(b) * 1e-5)
    }
  }

  @Test func `YaRN keeps fast pairs, divides slow ones and scales attention`() throws {
    let numbers = RotaryScaling.YaRN(factor: 4, originalContext: 4096)
    let found = RotaryEmbedding(width: 64, base: 10_000, scaling: .yarn(numbers))
    let trained = plain(64, 10_000)
    #expect(abs(Double(found.attentionFactor) - (0.1 * log(4.0) + 1)) < 1e-6)
    // Pair i turns 4096 f / 2 pi times: over 32 turns stay, under 1 turn are divided by 4.
    for (pair, frequency) in trained.enumerated() {
      let turns = 4096 * frequency / (2 * .pi)
      let ratio = Double(found.frequencies[pair]) / frequency
      if turns > 45 { #expect(abs(ratio - 1) < 1e-6) }
      if turns < 0.7 { #expect(abs(ratio - 0.25) < 1e-6) }
      #expect(ratio <= 1.000001 && ratio >= 0.249999)
    }
  }

  @Test func `angles are the float32 product's cosine and sine`() throws {
    let backend = try CPUBackend(threadCount: 1)
    let rotary = RotaryEmbedding(width: 8, base: 10_000)
    let row = rotary.angles(at: [0, 1000], on: backend).row(1)
    for (pair, frequency) in rotary.frequencies.enumerated() {
      let angle = Double(Float(1000) * frequency)
      #expect(row[2 * pair] == Float(cos(angle)))
      #expect(row[2 * pair + 1] == Float(sin(angle)))
    }
  }

  @Test func `dynamic NTK scaling raises the base with the context's length`() {
    let scaling = RotaryScaling.dynamicNTK(factor: 2, originalContext: 40)
    let rotary = RotaryEmbedding(width: 16, base: 10_000, scaling: scaling)
    for length in [0, 1, 40] {
      #expect(rotary.frequencies(contextLength: length) == rotary.frequencies)
      #expect(rotary.regime(contextLength: length) == rotary.regime(contextLength: 0))
    }
    expectClose(rotary.frequencies, plain(16, 10_000))
    for length in [41, 72, 4000] {
      let raise = pow(2 * Double(length) / 40 - 1, 16.0 / 14)
      expectClose(rotary.frequencies(contextLength: length), plain(16, 10_000 * raise))
      #expect(rotary.regime(contextLength: length) != rotary.regime(contextLength: length + 1))
    }
    #expect(!rotary.needsOneRegime)
  }

  @Test func `LongRoPE has a list of factors for short contexts and one for long ones`() {
    let (short, long) = ([1, 1.05, 1.1, 1.15] as [Float], [1, 1.9, 2.8, 3.7] as [Float])
    let numbers = RotaryScaling.LongRoPE(
      shortFactors: short,
      longFactors: long,
      originalContext: 48,
      attentionFactor: RotaryScaling.LongRoPE.attentionFactor(
        contextLength: 1536,
        originalContext: 48
      )
    )
    let rotary = RotaryEmbedding(width: 8, base: 10_000, scaling: .longRope(numbers))
    for (length, factors) in [(1, short), (48, short), (49, long), (1536, long)] {
      let expected = zip(plain(8, 10_000), factors).map { $0 / Double($1) }
      expectClose(rotary.frequencies(contextLength: length), expected)
    }
    #expect(rotary.regime(contextLength: 48) == rotary.regime(contextLength: 1))
    #expect(rotary.regime(contextLength: 49) == rotary.regime(contextLength: 1536))
    #expect(rotary.regime(contextLength: 48) != rotary.regime(contextLength: 49))
    #expect(rotary.needsOneRegime)
    #expect(abs(Double(rotary.attentionFactor) - (1 + log(32.0) / log(48.0)).squareRoot()) < 1e-6)
  }

  @Test func `each row's angles are those of its own context`() throws {
    let backend = try CPUBackend(threadCount: 1)
    let scaling = RotaryScaling.dynamicNTK(factor: 4, originalContext: 10)
    let rotary = RotaryEmbedding(width: 8, base: 100, scaling: scaling)
    let lengths = [10, 30, 30, 5, 12]
    let found = rotary.angles(at: [1, 2, 3, 4, 11], contextLengths: lengths, on: backend)
    for (row, position) in [1, 2, 3, 4, 11].enumerated() {
      for (pair, frequency) in rotary.frequencies(contextLength: lengths[row]).enumerated() {
        let angle = Double(Float(position) * frequency)
        #expect(found.row(row)[2 * pair] == Float(cos(angle)))
        #expect(found.row(row)[2 * pair + 1] == Float(sin(angle)))
      }
    }
  }
}
