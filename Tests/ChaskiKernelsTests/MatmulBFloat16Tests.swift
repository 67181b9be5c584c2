// Owns: tests of products with activations rounded to bfloat16, whose arithmetic is that of the
// processors' bfloat16 unit. Does not own: float32 activations (MatmulFloatTests.swift).

import ChaskiKernels
import Testing

@Suite struct MatmulBFloat16Tests {
  @Test(arguments: FloatTable.fast)
  func `rounded products equal plain C at every depth, row count and column count`(
    table: FloatTable
  ) {
    for size in 0...130 {
      let shapes = [
        (rows: 37, depth: size, columns: 13), (rows: size, depth: 33, columns: 3),
        (rows: 33, depth: 5, columns: size), (rows: size, depth: 9, columns: 1),
      ]
      for (index, shape) in shapes.enumerated() {
        var product = FloatProduct(
          type: CK_BF16,
          rows: shape.rows,
          depth: shape.depth,
          columns: shape.columns,
          seed: UInt64(size * 4 + index)
        )
        product.rounds = true
        product.accumulates = size % 2 == 1
        #expect(firstDifference(product.run(table), product.run(.plain)) == nil, "\(shape)")
      }
    }
  }

  /// Numbers whose products and sums lie where the unit flushes: what rounds below 2^-126 becomes 0,
  /// what rounds up to it stays.
  private static let ranges:
    [(name: String, weights: ClosedRange<UInt32>, x: ClosedRange<UInt32>)] =
      [
        ("ordinary", 110...127, 110...127), ("small", 55...75, 50...70),
        ("just above the smallest", 70...72, 70...72), ("tiny", 0...12, 110...130),
        ("of any size", 0...255, 0...255), ("large", 180...254, 190...254),
      ]

  @Test(arguments: FloatTable.present, ranges.indices)
  func `rounded products have the arithmetic of the unit, small numbers and all`(
    table: FloatTable,
    range: Int
  ) {
    let range = Self.ranges[range]
    var noise = SplitMix(77)
    var flushed = 0
    for depth in [1, 2, 3, 8, 31] {
      let (rows, columns) = (35, 17)
      let weights = (0..<rows * depth).map { _ in
        UInt32.random(in: 0...1, using: &noise) << 15
          | UInt32.random(in: range.weights, using: &noise) << 7
          | UInt32.random(in: 0...127, using: &noise)
      }
      let x = (0..<columns * depth).map { _ in
        Float(
          bitPattern: UInt32.random(in: 0...1, using: &noise) << 31
            | UInt32.random(in: range.x, using: &noise) << 23
            | UInt32.random(in: 0...0x7f_ffff, using: &noise)
        )
      }
      let product = FloatProduct(roundedTo: weights, x: x, rows: rows, depth: depth)
      let expected = product.expectedOfUnit
      flushed += expected.flushed
      #expect(
        firstDifference(product.run(table), expected.out) == nil,
        "\(range.name) numbers, depth \(depth)"
      )
    }
    // These ranges are there for the flushing: without any they would show nothing.
    if ["small", "tiny", "of any size"].contains(range.name) { #expect(flushed > 0) }
  }

  @Test(arguments: FloatTable.present)
  func `a sum that rounds up to the least normal number is kept, one below is not`(
    table: FloatTable
  ) {
    // 2^-126 less a product of 2^-150, 2^-151, 2^-152 or 2^-153, the last of them times 1 + 2^-7:
    // in 24 bits 2^-126 (1 - 2^-24) lies half as far below it as the next number lies above.
    let rows: [(Float, Float)] = (150...153).flatMap { exponent in
      [1, 1 + 0x1p-7, 2 - 0x1p-7].map {
        (0x1p-126, -$0 * Float(sign: .plus, exponent: 80 - exponent, significand: 1))
      }
    }
    let weights = rows.flatMap { [$0.bitPattern >> 16, $1.bitPattern >> 16] }
    for sign: Float in [1, -1] {
      let x = [sign, sign * 0x1p-80]
      let product = FloatProduct(roundedTo: weights, x: x, rows: rows.count, depth: 2)
      let expected = product.expectedOfUnit
      #expect(expected.flushed > 0 && expected.flushed < rows.count)
      #expect(firstDifference(product.run(table), expected.out) == nil)
    }
  }

  @Test(arguments: FloatTable.present)
  func `infinities, NaN and zeros go through as in float arithmetic`(table: FloatTable) {
    let special: [Float] = [
      .infinity, -.infinity, .nan, 0, -0.0, 1, -1, 0x1.fep127, 0x1p-126, 0x1p-133, -0x1p-133,
    ]
    for depth in [1, 2, 3] {
      var weights: [UInt32] = []
      var x: [Float] = []
      var noise = SplitMix(3)
      for _ in 0..<50 * depth {
        weights.append((special.randomElement(using: &noise) ?? 0).bitPattern >> 16)
        x.append(special.randomElement(using: &noise) ?? 0)
      }
      let product = FloatProduct(roundedTo: weights, x: x, rows: 50, depth: depth)
      #expect(firstDifference(product.run(table), product.expectedOfUnit.out) == nil)
    }
  }

  @Test(arguments: FloatTable.present)
  func `activations round to the nearest bfloat16, ties to even`(table: FloatTable) {
    let numbers = stride(from: UInt32(0), through: 0xffff, by: 3).flatMap { pattern -> [Float] in
      [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff].map { Float(bitPattern: pattern << 16 | $0) }
    }
    let product = FloatProduct(
      roundedTo: [Float(1).bitPattern >> 16],
      x: numbers,
      rows: 1,
      depth: 1
    )
    let found = product.run(table)
    for (column, number) in numbers.enumerated() {
      let expected = FloatProduct.rounded(number) + 0
      let stored = found[column * product.outStride]
      let agrees = stored.bitPattern == expected.bitPattern || stored.isNaN && expected.isNaN
      #expect(agrees, "\(number) became \(stored)")
    }
  }

  @Test(arguments: FloatTable.present)
  func `rounded columns and other weights than BF16 leave the result alone`(table: FloatTable) {
    for type in [CK_F32, CK_F16, CK_Q8_0] {
      var product = FloatProduct(
        type: type == CK_Q8_0 ? CK_F16 : type,
        rows: 5,
        depth: 32,
        columns: 2,
        seed: 1
      )
      product.rounds = true
      #expect(product.run(table) == product.before)
    }
  }
}

extension FloatProduct {
  /// The nearest bfloat16, ties to even, with 0 for subnormal numbers.
  static func rounded(_ value: Float) -> Float {
    guard value.isFinite, value.magnitude >= .leastNormalMagnitude else {
      return value.isNaN || value.isInfinite ? value : value * 0
    }
    // A double holds the scaled quotient exactly; bfloat16's last place is 2^-7 of the power of two.
    let unit = Double(sign: .plus, exponent: Int(value.exponent) - 7, significand: 1)
    return Float((Double(value) / unit).rounded(.toNearestOrEven) * unit)
  }

  /// The output by the arithmetic that the interface states, and how many sums were flushed.
  ///
  /// Doubles tell a sum that rounds to less than 2^-126: between it and 2^-126 - 2^-151, where rounding
  /// to 24 bits goes up, no double is skipped that 16 bits of product and 24 of sum can reach.
  var expectedOfUnit: (out: [Float], flushed: Int) {
    var out = before
    var flushed = 0
    for column in 0..<columns {
      for row in 0..<rows {
        var sum: Float = 0
        for k in 0..<depth {
          var weight = Self.value(of: weights[row * depth + k], type)
          if weight.magnitude < .leastNormalMagnitude { weight *= 0 }
          let x = Self.rounded(x[1 + column * xStride + k])
          let exact = Double(weight) * Double(x) + Double(sum)
          sum.addProduct(weight, x)
          if exact.magnitude < 0x1p-126 - 0x1p-151 {
            flushed += sum == 0 ? 0 : 1
            sum *= 0
          }
        }
        let place = column * outStride + row
        out[place] = accumulates ? out[place] + sum : sum
      }
    }
    return (out, flushed)
  }
}
