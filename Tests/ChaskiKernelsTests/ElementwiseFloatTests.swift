// Owns: tests of exp, silu, add, the RMS norm and the rotation of pairs (body_elementwise.h).
// Does not own: products and attention.

import ChaskiKernels
import Foundation
import Testing

@Suite struct ElementwiseFloatTests {
  /// Half the distance from 1 to the next float: the relative error of one rounding.
  private let rounding = 0x1p-24

  @Test(arguments: FloatTable.fast, [0, 1, 3])
  func `element-wise kernels equal plain C at every size`(table: FloatTable, start: Int) {
    var noise = SplitMix(1)
    for count in 0...130 {
      let x = noise.floats(start + count, bound: 20)
      let y = noise.floats(start + count, bound: 20)
      let plain = FloatTable.plain
      #expect(
        firstDifference(
          table.exp(x, start: start, count: count),
          plain.exp(x, start: start, count: count)
        ) == nil
      )
      #expect(
        firstDifference(
          table.siluMultiply(x, y, start: start, count: count),
          plain.siluMultiply(x, y, start: start, count: count)
        ) == nil
      )
      #expect(
        firstDifference(
          table.add(x, y, start: start, count: count),
          plain.add(x, y, start: start, count: count)
        ) == nil
      )
      guard count > 0 else { continue }
      #expect(
        firstDifference(
          table.rmsNorm(x, y, epsilon: 1e-5, start: start, count: count),
          plain.rmsNorm(x, y, epsilon: 1e-5, start: start, count: count)
        ) == nil
      )
    }
  }

  @Test(arguments: FloatTable.present, [0, 1, 15, 16, 17, 130])
  func `nothing beyond the count is written`(table: FloatTable, count: Int) {
    let x = [Float](repeating: 1, count: count + 3)
    let results = [
      table.exp(x, start: 3, count: count), table.add(x, x, start: 3, count: count),
      table.siluMultiply(x, x, start: 3, count: count),
      table.rmsNorm(x, x, epsilon: 1, start: 3, count: count),
    ]
    for result in results {
      #expect(result.prefix(3).allSatisfy { $0 == FloatTable.untouched })
      #expect(result.dropFirst(3 + count).allSatisfy { $0 == FloatTable.untouched })
      #expect(result.dropFirst(3).prefix(count).allSatisfy { $0 != FloatTable.untouched })
    }
  }

  @Test(arguments: FloatTable.present)
  func `exp is within 2 ulp of the exact value on a dense grid`(table: FloatTable) {
    // Plain C calls a library function for each fma on baseline x86-64: a coarser grid there.
    let step: UInt32 = table == .plain ? 997 : 211
    var worst = 0.0
    for sign: UInt32 in [0, 0x8000_0000] {
      // From 2^-40 to 90, where exp leaves the range of float on either side.
      let patterns = Array(stride(from: UInt32(0x2B80_0000), to: 0x42B4_0000, by: Int(step)))
      let x = patterns.map { Float(bitPattern: $0 | sign) }
      let y = table.exp(x, count: x.count)
      for (x, y) in zip(x, y) {
        let exact = Foundation.exp(Double(x))
        if exact < 0x1p-126 {
          #expect(y == 0)
        } else if exact >= Double(Float.greatestFiniteMagnitude) * (1 + rounding) {
          #expect(y == .infinity)
        } else {
          worst = max(worst, abs(Double(y) - exact) / Double(Float(exact).ulp))
        }
      }
    }
    #expect(worst <= 2)
  }

  @Test(arguments: FloatTable.present)
  func `exp treats infinities, NaN, overflow and deep negatives as stated`(table: FloatTable) {
    let cases: [(x: Float, expected: Float)] = [
      (0, 1), (-0.0, 1), (.infinity, .infinity), (-.infinity, 0), (.nan, .nan),
      (88.7228394, .infinity), (89, .infinity), (.greatestFiniteMagnitude, .infinity),
      (-87.4, 0), (-104, 0), (-1e30, 0), (-.greatestFiniteMagnitude, 0),
      (.leastNonzeroMagnitude, 1), (-.leastNonzeroMagnitude, 1),
    ]
    let results = table.exp(cases.map(\.x), count: cases.count)
    #expect(firstDifference(Array(results.prefix(cases.count)), cases.map(\.expected)) == nil)
    let edges: [Float] = [88.7228317, -87.3365402]
    for (edge, result) in zip(edges, table.exp(edges, count: 2)) {
      #expect(abs(Double(result) / Foundation.exp(Double(edge)) - 1) < 4 * rounding)
    }
  }

  @Test(arguments: FloatTable.present)
  func `silu times up is within five roundings of the exact value`(table: FloatTable) {
    var noise = SplitMix(2)
    let gate = noise.floats(10_000, bound: 100)
    let up = noise.floats(10_000, bound: 10)
    let results = table.siluMultiply(gate, up, count: gate.count)
    for i in gate.indices {
      let exact = Double(gate[i]) / (1 + Foundation.exp(-Double(gate[i]))) * Double(up[i])
      // exp within 1 ulp, addition, division, multiplication. Where exp(-gate) overflows, the
      // result is 0 in place of less than 3e-37 times up.
      let tolerance = 5 * rounding * abs(exact) + 3e-37 * Double(abs(up[i]))
      #expect(abs(Double(results[i]) - exact) <= tolerance, "gate \(gate[i]), up \(up[i])")
    }
  }

  @Test(arguments: FloatTable.present, [1, 2, 15, 16, 17, 64, 576, 4099])
  func `the RMS norm is near the exact value`(table: FloatTable, depth: Int) {
    var noise = SplitMix(3)
    let x = noise.floats(depth, bound: 3)
    let weight = noise.floats(depth)
    let results = table.rmsNorm(x, weight, epsilon: 1e-5, count: depth)
    let mean = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(depth)
    let inverse = 1 / (mean + Double(Float(1e-5))).squareRoot()
    // A sum of positive terms errs by at most a rounding per addition in a lane (depth / 16) and
    // the 4 foldings; then division, addition; the root halves all that; then root, reciprocal
    // and two products.
    let relative = ((Double(depth) / 16 + 1 + 4 + 2) / 2 + 4) * rounding
    for i in x.indices {
      let exact = Double(x[i]) * inverse * Double(weight[i])
      #expect(abs(Double(results[i]) - exact) <= relative * abs(exact))
    }
  }

  @Test(arguments: FloatTable.fast, [true, false])
  func `rotation equals plain C at every width`(table: FloatTable, halfSplit: Bool) {
    var noise = SplitMix(4)
    for rotated in stride(from: 0, through: 130, by: 2) {
      for (start, heads, gap) in [(0, 3, 5), (1, 1, 0), (3, 2, 1)] {
        let x = noise.floats(start + heads * (rotated + gap) + 20)
        let angles = noise.floats(rotated)
        let results = [table, .plain].map {
          $0.rope(
            x,
            start: start,
            heads: heads,
            stride: rotated + gap,
            rotated: rotated,
            cosSin: angles,
            halfSplit: halfSplit
          )
        }
        #expect(firstDifference(results[0], results[1]) == nil, "rotated \(rotated)")
      }
    }
  }

  @Test(arguments: FloatTable.present, [true, false])
  func `rotation turns the stated pairs and nothing else`(table: FloatTable, halfSplit: Bool) {
    var noise = SplitMix(5)
    let (heads, stride, rotated) = (3, 83, 72)
    let x = noise.floats(heads * stride)
    let angles = (0..<rotated / 2).map { _ in Double.random(in: 0...7, using: &noise) }
    let cosSin = angles.flatMap { [Float(cos($0)), Float(sin($0))] }
    let results = table.rope(
      x,
      start: 0,
      heads: heads,
      stride: stride,
      rotated: rotated,
      cosSin: cosSin,
      halfSplit: halfSplit
    )
    for head in 0..<heads {
      for i in 0..<rotated / 2 {
        let first = head * stride + (halfSplit ? i : 2 * i)
        let second = head * stride + (halfSplit ? i + rotated / 2 : 2 * i + 1)
        let (c, s) = (Double(cosSin[2 * i]), Double(cosSin[2 * i + 1]))
        let (x0, x1) = (Double(x[first]), Double(x[second]))
        // One rounding of a product, one of the sum.
        let tolerance = 2 * rounding * (abs(x0) + abs(x1))
        #expect(abs(Double(results[first]) - (x0 * c - x1 * s)) <= tolerance)
        #expect(abs(Double(results[second]) - (x0 * s + x1 * c)) <= tolerance)
      }
      let rest = head * stride + rotated..<(head + 1) * stride
      #expect(Array(results[rest]) == Array(x[rest]))
    }
  }
}
