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
}
