import ChaskiLayers
import ChaskiTensors
import Foundation
import Testing

/// Routers against their papers' formulas, written out in double precision, and against ties.
struct RouterTests {
  /// Numbers of no meaning, as many logits as wanted.
  private func logits(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 22)
    }
  }

  private func softmax(_ logits: [Float]) -> [Double] {
    let powers = logits.map { exp(Double($0)) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// The largest of `scores` among `allowed`, in descending order; the scores must differ.
  private func best(_ count: Int, _ scores: [Double], among allowed: Set<Int>? = nil) -> [Int] {
    Array(
      scores.indices.filter { allowed?.contains($0) ?? true }
        .sorted { scores[$0] > scores[$1] }.prefix(count)
    )
  }

  private func expect(_ found: [ExpertChoice], _ expected: [Int: Double]) {
    #expect(found.map(\.expert) == expected.keys.sorted())
    for choice in found {
      let weight = expected[choice.expert] ?? .nan
      // Scores are rounded to float32 once, and a few operations on them, too.
      #expect(abs(Double(choice.weight) - weight) <= abs(weight) * 8 * 0x1p-23)
    }
  }

  @Test(arguments: [1, 2, 3, 8], [1, 2, 3, 4, 5] as [UInt64])
  func `softmax over all experts, shared out among the best`(count: Int, seed: UInt64) {
    let logits = logits(8, seed: seed)
    let scores = softmax(logits)
    let chosen = best(count, scores)
    let sum = chosen.reduce(0) { $0 + scores[$1] }
    expect(
      SoftmaxRouter(chosenCount: count).choose(logits),
      Dictionary(uniqueKeysWithValues: chosen.map { ($0, scores[$0] / sum) })
    )
    expect(
      SoftmaxRouter(chosenCount: count, weighting: .scores(scale: 2.5)).choose(logits),
      Dictionary(uniqueKeysWithValues: chosen.map { ($0, scores[$0] * 2.5) })
    )
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7] as [UInt64])
  func `groups are limited to those with the best experts`(seed: UInt64) {
    let logits = logits(12, seed: seed)
    let scores = softmax(logits)
    let groups = (0..<4).map { Array($0 * 3..<$0 * 3 + 3) }
    let open = best(2, groups.map { $0.map { scores[$0] }.max() ?? 0 })
    let chosen = best(3, scores, among: Set(open.flatMap { groups[$0] }))
    expect(
      GroupLimitedRouter(
        chosenCount: 3,
        groups: ExpertGroups(count: 4, usedCount: 2),
        weighting: .scores(scale: 16)
      ).choose(logits),
      Dictionary(uniqueKeysWithValues: chosen.map { ($0, scores[$0] * 16) })
    )
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7] as [UInt64])
  func `a bias chooses groups and experts and does not weigh them`(seed: UInt64) throws {
    let logits = logits(12, seed: seed)
    let bias = self.logits(12, seed: seed + 100).map { $0 * 0.3 }
    let scores = logits.map { 1 / (1 + exp(-Double($0))) }
    let corrected = zip(scores, bias).map { $0 + Double($1) }
    let groups = (0..<4).map { Array($0 * 3..<$0 * 3 + 3) }
    let open = best(
      2,
      groups.map { group in
        best(2, corrected, among: Set(group)).reduce(0) { $0 + corrected[$1] }
      }
    )
    let chosen = best(3, corrected, among: Set(open.flatMap { groups[$0] }))
    let sum = chosen.reduce(0) { $0 + scores[$1] }
    expect(
      BiasCorrectedRouter(
        chosenCount: 3,
        groups: ExpertGroups(count: 4, usedCount: 2),
        bias: try Vector(bias),
        weighting: .shares(scale: 2.5)
      ).choose(logits),
      Dictionary(uniqueKeysWithValues: chosen.map { ($0, scores[$0] / sum * 2.5) })
    )
  }

  @Test func `the largest logit weighs its sigmoid`() {
    expect(
      SigmoidRouter(chosenCount: 1).choose([-1, 0.5, 0.25]),
      [1: 1 / (1 + exp(-0.5))]
    )
    // Twelve logits whose sigmoids all round to 1: the logits tell them apart.
    let high = (0..<12).map { 40 + Float($0 % 5) }
    expect(SigmoidRouter(chosenCount: 1).choose(high), [4: 1])
  }

  @Test func `of equal experts the first are chosen`() throws {
    let equal = [Float](repeating: 0.5, count: 8)
    let groups = ExpertGroups(count: 4, usedCount: 2)
    #expect(SoftmaxRouter(chosenCount: 3).choose(equal).map(\.expert) == [0, 1, 2])
    #expect(SigmoidRouter(chosenCount: 2).choose(equal).map(\.expert) == [0, 1])
    #expect(
      GroupLimitedRouter(chosenCount: 3, groups: groups, weighting: .scores(scale: 1))
        .choose(equal).map(\.expert) == [0, 1, 2]
    )
    #expect(
      BiasCorrectedRouter(
        chosenCount: 3,
        groups: groups,
        bias: try Vector([0, 0, 0, 0, 1, 1, 0, 0]),
        weighting: .scores(scale: 1)
      ).choose(equal).map(\.expert) == [0, 4, 5]
    )
  }

  @Test func `experts of closed groups stay closed, however negative the open ones are`() throws {
    // The second group's sum is the larger; its worst expert scores below all of the first.
    let router = BiasCorrectedRouter(
      chosenCount: 2,
      groups: ExpertGroups(count: 2, usedCount: 1),
      bias: try Vector([-1, -1, 1, -2]),
      weighting: .shares(scale: 1)
    )
    #expect(router.choose([0, 0, 0, 0]).map(\.expert) == [2, 3])
  }

  @Test func `logits that are no numbers choose some experts`() {
    let broken = [Float](repeating: .nan, count: 6)
    #expect(SoftmaxRouter(chosenCount: 2).choose(broken).count == 2)
    #expect(SigmoidRouter(chosenCount: 1).choose([.nan, 1, .nan]).count == 1)
    #expect(SoftmaxRouter(chosenCount: 2).choose([.infinity, 1, .infinity]).count == 2)
  }
}
