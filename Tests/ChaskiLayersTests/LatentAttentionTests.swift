import ChaskiLayers
import ChaskiTensors
import Foundation
import Testing

/// Latent attention in its absorbed form against the form with keys and values, in double precision.
struct LatentAttentionTests {
  private static let width = 48  // D
  private static let queryWidth = 20
  private static let shape = LatentAttention.Shape(
    headCount: 3,
    plainWidth: 12,
    rotaryWidth: 8,
    latentWidth: 32,
    valueWidth: 10
  )
  private static let epsilon: Float = 1e-6

  private struct Layer {
    var weights: RandomWeights
    let queryDown: RandomMatrix
    let queryUp: RandomMatrix
    let latent: RandomMatrix
    let keys: [RandomMatrix]  // U_K^T
    let values: [RandomMatrix]
    let output: RandomMatrix
    let queryGain: [Float]
    let latentGain: [Float]
    let rotary = RotaryEmbedding(width: shape.rotaryWidth, base: 100)
    let scale: Float = 0.3

    init(seed: UInt64) throws {
      weights = try RandomWeights(seed: seed)
      queryDown = try weights.matrix(rows: LatentAttentionTests.queryWidth, depth: width)
      queryUp = try weights.matrix(
        rows: shape.headCount * shape.queryWidth,
        depth: LatentAttentionTests.queryWidth
      )
      latent = try weights.matrix(rows: shape.cacheWidth, depth: width)
      var (keys, values): ([RandomMatrix], [RandomMatrix]) = ([], [])
      for _ in 0..<shape.headCount {
        keys.append(try weights.matrix(rows: shape.latentWidth, depth: shape.plainWidth))
        values.append(try weights.matrix(rows: shape.valueWidth, depth: shape.latentWidth))
      }
      (self.keys, self.values) = (keys, values)
      output = try weights.matrix(rows: width, depth: shape.headCount * shape.valueWidth)
      queryGain = weights.numbers(LatentAttentionTests.queryWidth)
      latentGain = weights.numbers(shape.latentWidth)
    }

    func layer() throws -> LatentAttention {
      LatentAttention(
        shape: shape,
        queryDown: Linear(weight: queryDown.packed),
        query: .compressed(
          norm: RMSNorm(weight: try Vector(queryGain), epsilon: epsilon),
          up: Linear(weight: queryUp.packed)
        ),
        latent: Linear(weight: latent.packed),
        latentNorm: RMSNorm(weight: try Vector(latentGain), epsilon: epsilon),
        keys: keys.map(\.packed),
        values: values.map(\.packed),
        output: Linear(weight: output.packed),
        scale: scale
      )
    }

    /// What the layer makes of `rows`, in chunks of `chunkLength`. [T, D]
    func found(_ rows: [[Float]], chunkLength: Int = .max) throws -> [[Float]] {
      let layer = try layer()
      let pool = CachePagePool(
        layout: try CacheLayout(layers: [shape.cacheLayer], type: .f32),
        pageLimit: 8
      )
      let sequence = KVSequence(in: pool)
      var result: [[Float]] = []
      while result.count < rows.count {
        let chunk = Array(
          rows[result.count..<min(rows.count, result.count &+ min(chunkLength, rows.count))]
        )
        let step = try Step(
          [Step.Input(sequence: sequence, tokens: chunk.map { _ in 0 })],
          rotary: rotary,
          on: weights.backend
        )
        let x = weights.backend.tensor(rows: chunk.count, columns: width, chunk.flatMap { $0 })
        let sum = weights.backend.tensor(
          rows: chunk.count,
          columns: width,
          [Float](repeating: 0, count: chunk.count * width)
        )
        layer(.tensor(x), addingTo: sum, step: step, layer: 0, on: weights.backend)
        result += (0..<chunk.count).map { sum.row($0) }
      }
      return result
    }

    private func normalised(_ x: [Double], gain: [Float]) -> [Double] {
      let meanSquare = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
      let factor = 1 / (meanSquare + Double(epsilon)).squareRoot()
      return zip(x, gain).map { $0 * factor * Double($1) }
    }

    private func rotated(_ x: [Double], at position: Int) -> [Double] {
      var x = x
      for (pair, frequency) in rotary.frequencies.enumerated() {
        let angle = Double(position) * Double(frequency)
        let (a, b) = (x[2 * pair], x[2 * pair + 1])
        x[2 * pair] = a * cos(angle) - b * sin(angle)
        x[2 * pair + 1] = a * sin(angle) + b * cos(angle)
      }
      return x
    }

    /// Attention with every head's keys and values computed, as the paper writes it first.
    func expected(_ rows: [[Float]]) -> [[Double]] {
      let x = rows.map { $0.map(Double.init) }
      var (keys, values): ([[[Double]]], [[[Double]]]) = ([], [])  // [T][H]
      return x.indices.map { position in
        let compressed = latent.times(x[position])
        let c = normalised(Array(compressed[..<shape.latentWidth]), gain: latentGain)
        let r = rotated(Array(compressed[shape.latentWidth...]), at: position)
        keys.append(
          self.keys.map { matrix in
            (0..<shape.plainWidth).map { column in
              (0..<shape.latentWidth).reduce(0) {
                $0 + Double(matrix.values[$1 * shape.plainWidth + column]) * c[$1]
              }
            } + r
          }
        )
        values.append(self.values.map { $0.times(c) })
        let q = queryUp.times(normalised(queryDown.times(x[position]), gain: queryGain))
        let heads = (0..<shape.headCount).flatMap { head -> [Double] in
          let own = Array(q[head * shape.queryWidth..<(head + 1) * shape.queryWidth])
          let query =
            Array(own[..<shape.plainWidth])
            + rotated(Array(own[shape.plainWidth...]), at: position)
          let powers = keys.map { key in
            exp(Double(scale) * zip(query, key[head]).reduce(0) { $0 + $1.0 * $1.1 })
          }
          let sum = powers.reduce(0, +)
          return (0..<shape.valueWidth).map { element in
            zip(powers, values).reduce(0) { $0 + $1.0 * $1.1[head][element] } / sum
          }
        }
        return output.times(heads)
      }
    }
  }

  @Test func `absorbed matrices give what keys and values would`() throws {
    var layer = try Layer(seed: 11)
    let rows = (0..<70).map { _ in layer.weights.numbers(Self.width, scale: 2) }
    for (found, expected) in zip(try layer.found(rows), layer.expected(rows)) {
      for (a, b) in zip(found, expected) { #expect(abs(Double(a) - b) <= 3e-5) }
    }
  }

  @Test func `chunks give the same bits`() throws {
    var layer = try Layer(seed: 12)
    let rows = (0..<70).map { _ in layer.weights.numbers(Self.width, scale: 2) }
    let whole = try layer.found(rows)
    for length in [1, 7, 64] { #expect(try layer.found(rows, chunkLength: length) == whole) }
  }

  @Test func `a position takes a latent and one rotated key, in 16 bits each`() throws {
    // DeepSeek-V3: 61 layers of 512 + 64.
    let shape = LatentAttention.Shape(
      headCount: 128,
      plainWidth: 128,
      rotaryWidth: 64,
      latentWidth: 512,
      valueWidth: 128
    )
    let layout = try CacheLayout(
      layers: Array(repeating: shape.cacheLayer, count: 61),
      type: .f16
    )
    #expect(layout.bytesPerPosition == (512 + 64) * 61 * 2)
  }
}
