// Owns: tests of the layer norm, of gelu, relu and the soft cap, and of scaled sums (body_elementwise.h,
// body_activation.h). Does not own: exp, silu, the RMS norm (ElementwiseFloatTests.swift).

import ChaskiKernels
import Foundation
import Testing

@Suite struct ActivationFloatTests {
  /// Half the distance from 1 to the next float: the relative error of one rounding.
  private let rounding = 0x1p-24

  private static let functions: [UnaryFunction] = [.gelu, .relu, .softCap(7), .scale(-1.7)]

  @Test(arguments: FloatTable.fast, [0, 1, 3])
  func `activation kernels equal plain C at every size`(table: FloatTable, start: Int) {
    var noise = SplitMix(21)
    let plain = FloatTable.plain
    for count in 0...130 {
      var x = noise.floats(start + count, bound: 20)
      let y = noise.floats(start + count, bound: 20)
      let special: [Float] = [.nan, .infinity, -.infinity, -0.0, 1e30, -1e30, 0.625, -0.625]
      for (index, value) in special.enumerated() where start + 9 * index < x.count {
        x[start + 9 * index] = value
      }
      for function in Self.functions {
        let results = [table, plain].map { $0.map(function, x, start: start, count: count) }
        #expect(firstDifference(results[0], results[1]) == nil, "\(function), \(count)")
      }
      let products = [table, plain].map { $0.geluMultiply(x, y, start: start, count: count) }
      #expect(firstDifference(products[0], products[1]) == nil)
      let sums = [table, plain].map { $0.addScaled(x, 0.3, to: y, start: start, count: count) }
      #expect(firstDifference(sums[0], sums[1]) == nil)
      guard count > 0 else { continue }
      for bias in [y, nil] {
        let norms = [table, plain].map {
          $0.layerNorm(y, x, bias, epsilon: 1e-5, start: start, count: count)
        }
        #expect(firstDifference(norms[0], norms[1]) == nil, "\(count)")
      }
      let norms = [table, plain].map {
        $0.rmsNorm(y, nil, epsilon: 1e-5, start: start, count: count)
      }
      #expect(firstDifference(norms[0], norms[1]) == nil)
    }
  }

  @Test(arguments: FloatTable.present, [0, 1, 15, 16, 17, 130])
  func `nothing beyond the count is written`(table: FloatTable, count: Int) {
    let x = [Float](repeating: 1, count: count + 3)
    let results =
      Self.functions.map { table.map($0, x, start: 3, count: count) }
      + [
        table.geluMultiply(x, x, start: 3, count: count),
        table.layerNorm(x, x, x, epsilon: 1, start: 3, count: count),
        table.rmsNorm(x, nil, epsilon: 1, start: 3, count: count),
      ]
    for result in results {
      #expect(result.prefix(3).allSatisfy { $0 == FloatTable.untouched })
      #expect(result.dropFirst(3 + count).allSatisfy { $0 == FloatTable.untouched })
      #expect(result.dropFirst(3).prefix(count).allSatisfy { $0 != FloatTable.untouched })
    }
    let sum = table.addScaled(x, 2, to: x + [1], start: 3, count: count)
    #expect(sum == [1, 1, 1] + [Float](repeating: 3, count: count) + [1])
  }

  @Test(arguments: FloatTable.present)
  func `tanh is within 2 ulp of the exact value on a dense grid`(table: FloatTable) {
    // Plain C calls a library function for each fma on baseline x86-64: a coarser grid there.
    let step: UInt32 = table == .plain ? 997 : 211
    var worst = 0.0
    for sign: UInt32 in [0, 0x8000_0000] {
      // From 2^-40 to 16, where tanh is 1.
      let patterns = Array(stride(from: UInt32(0x2B80_0000), to: 0x4180_0000, by: Int(step)))
      let x = patterns.map { Float(bitPattern: $0 | sign) }
      let y = table.map(.softCap(1), x, count: x.count)
      for (x, y) in zip(x, y) {
        let exact = Foundation.tanh(Double(x))
        worst = max(worst, abs(Double(y) - exact) / Double(Float(exact).ulp))
      }
    }
    #expect(worst <= 2)
  }

  @Test(arguments: FloatTable.present)
  func `tanh treats zero, infinities and NaN as it should`(table: FloatTable) {
    let x: [Float] = [0, .infinity, -.infinity, .nan, 20, -20, .greatestFiniteMagnitude, 0x1p-140]
    let expected: [Float] = [0, 1, -1, .nan, 1, -1, 1, 0x1p-140]
    let results = table.map(.softCap(1), x, count: x.count)
    #expect(firstDifference(Array(results.prefix(x.count)), expected) == nil)
  }

  @Test(arguments: FloatTable.present, [Float(0.5), 30, 50])
  func `the soft cap is near the exact value and never above the cap`(
    table: FloatTable,
    cap: Float
  ) {
    var noise = SplitMix(22)
    let x = noise.floats(5000, bound: 4 * cap)
    for (x, y) in zip(x, table.map(.softCap(cap), x, count: x.count)) {
      let exact = Double(cap) * Foundation.tanh(Double(x) / Double(cap))
      // The argument errs by two roundings, which tanh does not enlarge; tanh by 2 ulp; then a product.
      #expect(abs(Double(y) - exact) <= 7 * rounding * abs(exact))
      #expect(abs(y) <= cap)
    }
  }

  @Test(arguments: FloatTable.present)
  func `gelu is near the exact form with tanh`(table: FloatTable) {
    var noise = SplitMix(23)
    let gate = noise.floats(10_000, bound: 12)
    let up = noise.floats(10_000, bound: 3)
    let gelu = table.map(.gelu, gate, count: gate.count)
    let product = table.geluMultiply(gate, up, count: gate.count)
    for i in gate.indices {
      let x = Double(gate[i])
      let u = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
      let exact = x / (1 + exp(-2 * u))
      // The exponent's roundings count as many times as it is large; then exp, addition, division.
      let tolerance = (5 + 8 * abs(u)) * rounding * abs(exact) + 1e-37
      #expect(abs(Double(gelu[i]) - exact) <= tolerance, "\(x)")
      #expect(product[i] == gelu[i] * up[i])
    }
    let edges: [Float] = [0, .infinity, -1e30, 1e30, 100, -100]
    let expected: [Float] = [0, .infinity, 0, 1e30, 100, 0]
    #expect(Array(table.map(.gelu, edges, count: 6).prefix(6)) == expected)
  }

  @Test(arguments: FloatTable.present)
  func `relu keeps what is positive, and NaN`(table: FloatTable) {
    let x: [Float] = [-1, 2, 0, .infinity, -.infinity, .nan]
    let results = Array(table.map(.relu, x, count: 6).prefix(6))
    #expect(firstDifference(results, [0, 2, 0, .infinity, 0, .nan]) == nil)
  }

  @Test(arguments: FloatTable.present, [1, 2, 15, 16, 17, 64, 576, 4099])
  func `the layer norm is near the exact value`(table: FloatTable, depth: Int) {
    var noise = SplitMix(24)
    let x = noise.floats(depth, bound: 3).map { $0 + 5 }
    let weight = noise.floats(depth)
    let bias = noise.floats(depth)
    let mean = x.reduce(0.0) { $0 + Double($1) } / Double(depth)
    let variance = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(depth)
    let inverse = 1 / (variance + Double(Float(1e-2))).squareRoot()
    // Sums of n terms err by n / 16 + 4 roundings of the sum of magnitudes: the mean so, of 8 at most, and every
    // distance with it, for the variance too.
    let sum = (Double(depth) / 16 + 7) * rounding
    for start in [bias, nil] {
      let results = table.layerNorm(x, weight, start, epsilon: 1e-2, count: depth)
      for i in x.indices {
        let normal = (Double(x[i]) - mean) * inverse
        let exact = normal * Double(weight[i]) + Double(start?[i] ?? 0)
        let tolerance = (8 * sum * inverse + (2 * sum + 8 * rounding) * abs(normal)) + 2 * rounding
        #expect(abs(Double(results[i]) - exact) <= tolerance)
      }
    }
  }

  @Test(arguments: FloatTable.present, [1, 16, 40, 128])
  func `the RMS norm without a weight is that of weights 1`(table: FloatTable, depth: Int) {
    var noise = SplitMix(25)
    let x = noise.floats(depth, bound: 3)
    let ones = [Float](repeating: 1, count: depth)
    #expect(
      table.rmsNorm(x, nil, epsilon: 1e-6, count: depth)
        == table.rmsNorm(x, ones, epsilon: 1e-6, count: depth)
    )
  }
}
