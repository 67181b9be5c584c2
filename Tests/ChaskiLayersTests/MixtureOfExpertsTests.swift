import ChaskiLayers
import ChaskiTensors
import Foundation
import Testing

/// Mixtures against their formula in double precision, token by token, and against themselves.
struct MixtureOfExpertsTests {
  private static let (d, f, expertCount, chosenCount) = (32, 48, 6, 2)

  private struct Expert {
    let gate: RandomMatrix
    let up: RandomMatrix
    let down: RandomMatrix

    init(from weights: inout RandomWeights) throws {
      gate = try weights.matrix(rows: f, depth: d)
      up = try weights.matrix(rows: f, depth: d)
      down = try weights.matrix(rows: d, depth: f)
    }

    var packed: GatedExpert { GatedExpert(gate: gate.packed, up: up.packed, down: down.packed) }

    func callAsFunction(_ x: [Double]) -> [Double] {
      down.times(
        zip(gate.times(x), up.times(x)).map { $0 / (1 + exp(-$0)) * $1 }
      )
    }
  }

  private struct Layer {
    var weights: RandomWeights
    let logits: RandomMatrix
    let experts: [Expert]
    let shared: Expert

    init(seed: UInt64, threads: Int = 1) throws {
      weights = try RandomWeights(seed: seed, threads: threads)
      logits = try weights.matrix(rows: expertCount, depth: d)
      var experts: [Expert] = []
      for _ in 0..<expertCount { experts.append(try Expert(from: &weights)) }
      self.experts = experts
      shared = try Expert(from: &weights)
    }

    func mixture(_ router: any Router) -> MixtureOfExperts {
      MixtureOfExperts(
        logits: Linear(weight: logits.packed),
        router: router,
        experts: experts.map(\.packed),
        shared: shared.packed
      )
    }

    func inputWeighted(_ router: any Router) -> InputWeightedMixture {
      InputWeightedMixture(
        logits: Linear(weight: logits.packed),
        router: router,
        experts: experts.map(\.packed),
        shared: shared.packed
      )
    }

    /// What the layer makes of some rows. [T, D]
    func output(_ layer: some FeedForward, _ rows: [[Float]]) -> [[Float]] {
      let x = weights.backend.tensor(rows: rows.count, columns: d, rows.flatMap { $0 })
      let sum = weights.backend.tensor(
        rows: rows.count,
        columns: d,
        [Float](repeating: 0, count: rows.count * d)
      )
      layer(.tensor(x), addingTo: sum, on: weights.backend)
      return (0..<rows.count).map { sum.row($0) }
    }
  }

  private func expectClose(_ found: [Float], _ expected: [Double]) {
    for (a, b) in zip(found, expected) {
      // Sums of some dozen products of numbers near 1, in float32.
      #expect(abs(Double(a) - b) <= 2e-5)
    }
  }

  @Test func `a mixture adds its experts' outputs, weighted, and the shared one's`() throws {
    var layer = try Layer(seed: 1)
    let router = SoftmaxRouter(chosenCount: Self.chosenCount)
    let rows = (0..<9).map { _ in layer.weights.numbers(Self.d, scale: 2) }
    let found = layer.output(layer.mixture(router), rows)
    for (row, found) in zip(rows, found) {
      let x = row.map(Double.init)
      var expected = layer.shared(x)
      let choices = router.choose(layer.logits.times(x).map { Float($0) })
      #expect(choices.count == Self.chosenCount)
      for choice in choices {
        for (index, value) in layer.experts[choice.expert](x).enumerated() {
          expected[index] += Double(choice.weight) * value
        }
      }
      expectClose(found, expected)
    }
  }

  @Test func `a mixture of weighted inputs weighs what experts read`() throws {
    var layer = try Layer(seed: 2)
    let router = SigmoidRouter(chosenCount: 1)
    let rows = (0..<9).map { _ in layer.weights.numbers(Self.d, scale: 2) }
    let found = layer.output(layer.inputWeighted(router), rows)
    for (row, found) in zip(rows, found) {
      let x = row.map(Double.init)
      var expected = layer.shared(x)
      for choice in router.choose(layer.logits.times(x).map { Float($0) }) {
        let output = layer.experts[choice.expert](x.map { $0 * Double(choice.weight) })
        for (index, value) in output.enumerated() { expected[index] += value }
      }
      expectClose(found, expected)
    }
  }

  @Test(arguments: [1, 2, 3])
  func `a token's bits do not depend on the tokens beside it`(threads: Int) throws {
    var layer = try Layer(seed: 3, threads: threads)
    let router = SoftmaxRouter(chosenCount: Self.chosenCount)
    // More visits than are computed at once, so that experts come in several groups.
    let rows = (0..<700).map { _ in layer.weights.numbers(Self.d, scale: 2) }
    for mixture in [layer.mixture(router), layer.inputWeighted(router)] as [any FeedForward] {
      let together = layer.output(mixture, rows)
      for index in stride(from: 0, to: rows.count, by: 23) {
        #expect(layer.output(mixture, [rows[index]]) == [together[index]])
      }
      #expect(layer.output(mixture, Array(rows[100..<117])) == Array(together[100..<117]))
    }
  }
}
