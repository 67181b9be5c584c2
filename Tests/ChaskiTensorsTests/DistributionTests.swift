import ChaskiTensors
import Foundation
import Testing

/// Probabilities read off logits, against sums in double precision.
struct DistributionTests {
  private func logits(_ count: Int, seed: UInt64, spread: Float) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648 * spread
    }
  }

  private func normalizer(_ row: some Sequence<Float>) -> Double {
    log(row.reduce(0.0) { $0 + exp(Double($1)) })
  }

  @Test(arguments: InstructionSet.available, [1, 7, 8, 9, 511, 512, 513, 5000])
  func `a row's distribution is that of its exponentials`(
    isa: InstructionSet,
    width: Int
  ) throws {
    let backend = try CPUBackend(threadCount: 2, instructionSet: isa)
    let values = logits(3 * width, seed: UInt64(width), spread: 20)
    let found = backend.distributions(of: backend.tensor(rows: 3, columns: width, values))
    #expect(found.count == 3)
    for (row, distribution) in found.enumerated() {
      let line = values[row * width..<(row + 1) * width]
      #expect(distribution.maximum == line.max())
      #expect(
        distribution.best == line.firstIndex(of: distribution.maximum).map { $0 - row * width }
      )
      // 64 additions a lane and an exponential of 1 ulp: some 1e-6 of the sum at most.
      #expect(abs(distribution.normalizer - normalizer(line)) < 2e-6)
    }
  }

  @Test(arguments: InstructionSet.available)
  func `every instruction set and number of threads gives the same bits`(
    isa: InstructionSet
  ) throws {
    let values = logits(5 * 777, seed: 3, spread: 30)
    let plain = try CPUBackend(threadCount: 1, instructionSet: .plain)
    let other = try CPUBackend(threadCount: 2, instructionSet: isa)
    let found = [plain, other].map {
      $0.distributions(of: $0.tensor(rows: 5, columns: 777, values))
    }
    #expect(found[0] == found[1])
  }

  @Test(arguments: [1, 8, 13, 512, 1030])
  func `the divergence is the mean difference of log-probabilities`(width: Int) throws {
    let backend = try CPUBackend(threadCount: 2)
    let (p, q) = (logits(width, seed: 5, spread: 8), logits(width, seed: 6, spread: 8))
    let rows = [p, q].map { backend.tensor(rows: 1, columns: width, $0) }
    let distributions = rows.map(backend.distributions)
    let found = backend.divergences(of: rows[0], distributions[0], to: rows[1], distributions[1])
    let (a, b) = (normalizer(p), normalizer(q))
    let expected = zip(p, q).reduce(0.0) { sum, pair in
      let (one, other) = (Double(pair.0) - a, Double(pair.1) - b)
      return sum + exp(one) * (one - other)
    }
    #expect(abs(found[0] - expected) < 1e-5)
    #expect(
      backend.divergences(of: rows[0], distributions[0], to: rows[0], distributions[0]) == [0]
    )
  }

  @Test func `what is not kept of a distribution costs nothing`() throws {
    let backend = try CPUBackend(threadCount: 1)
    let p = backend.tensor(rows: 1, columns: 3, [log(0.25), -.infinity, log(0.75)].map(Float.init))
    let q = backend.tensor(rows: 1, columns: 3, [log(0.5), log(0.25), log(0.25)].map(Float.init))
    let whole = RowDistribution(maximum: Float(log(0.75)), best: 2, normalizer: 0)
    let found = backend.divergences(of: p, [whole], to: q, backend.distributions(of: q))
    #expect(abs(found[0] - (0.25 * log(0.5) + 0.75 * log(3))) < 1e-6)
  }

  @Test(arguments: [Float.nan, .infinity])
  func `a logit that is no number shows`(value: Float) throws {
    let backend = try CPUBackend(threadCount: 1)
    let logits = backend.tensor(rows: 1, columns: 9, [0, 1, 2, 3, 4, 5, 6, 7, value])
    #expect(!backend.distributions(of: logits)[0].isFinite)
  }
}
