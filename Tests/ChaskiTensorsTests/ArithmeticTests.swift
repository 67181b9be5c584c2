import ChaskiTensors
import Foundation
import Testing

/// Operations on elements, rows and heads against plain arithmetic.
struct ArithmeticTests {
  private let backend: CPUBackend

  init() throws {
    backend = try CPUBackend(threadCount: 2)
  }

  private static let shapes = [(1, 5), (3, 48), (7, 130), (40, 1056)]

  private func random(_ shape: (Int, Int), seed: UInt64) -> Tensor {
    backend.tensor(
      rows: shape.0,
      columns: shape.1,
      testNumbers(shape.0 * shape.1, seed: seed)
    )
  }

  @Test(arguments: shapes)
  func `sums, scales and caps treat every element`(rows: Int, columns: Int) {
    let x = random((rows, columns), seed: 1)
    let sum = random((rows, columns), seed: 2)
    let (before, addend) = (sum.elements(), x.elements())
    backend.add(x, to: sum)
    #expect(sum.elements() == zip(before, addend).map(+))
    backend.scale(x, by: -2.5)
    #expect(x.elements() == addend.map { $0 * -2.5 })
    backend.softCap(x, at: 1.5)
    for (capped, value) in zip(x.elements(), addend) {
      let exact = 1.5 * tanh(Double(value * -2.5) / 1.5)
      // Eight roundings, two of them of tanh.
      #expect(abs(Double(capped) - exact) <= 8 * 0x1p-24 * abs(exact))
    }
  }

  @Test(arguments: shapes)
  func `rows are scaled and added where they belong, in order`(rows: Int, columns: Int) {
    let x = random((rows, columns), seed: 3)
    let sum = random((4, columns), seed: 4)
    let (values, before) = (x.elements(), sum.elements())
    let factors = testNumbers(rows, seed: 5)
    let places = (0..<rows).map { $0 * 3 % 4 }
    backend.addRows(x, scaledBy: factors, to: sum, at: places)
    var expected = before
    for row in 0..<rows {
      for column in 0..<columns {
        let place = places[row] * columns + column
        let product = Double(values[row * columns + column]) * Double(factors[row])
        // The product is exact in double; one rounding to float is fma's, but for a rare double rounding.
        expected[place] = Float(Double(expected[place]) + product)
      }
    }
    for (found, expected) in zip(sum.elements(), expected) {
      #expect(abs(found - expected) <= Float(rows) * 2 * expected.ulp)
    }
    backend.scaleRows(x, by: factors)
    #expect(
      x.elements() == values.indices.map { values[$0] * factors[$0 / columns] }
    )
  }

  @Test(arguments: [1, 5, 300])
  func `columns are copied in order`(rows: Int) {
    let x = random((rows, 90), seed: 6)
    let part = backend.columns(7..<71, of: x)
    #expect(part.rows == rows && part.columns == 64)
    for row in 0..<rows { #expect(part.row(row) == Array(x.row(row)[7..<71])) }
  }

  @Test func `elements of heads are copied to wider heads, one head to all`() {
    let (rows, heads) = (5, 3)
    let x = random((rows, heads * 20), seed: 7)
    let shared = random((rows, 8), seed: 8)
    let result = random((rows, heads * 30), seed: 9)
    let before = result.elements()
    backend.copyHeads(12..<20, of: x, headWidth: 20, to: result, headWidth: 30, at: 22)
    backend.copyHeads(0..<8, of: shared, headWidth: 8, to: result, headWidth: 30, at: 4)
    for row in 0..<rows {
      for head in 0..<heads {
        var expected = Array(before[(row * heads + head) * 30..<(row * heads + head + 1) * 30])
        expected.replaceSubrange(22..<30, with: x.row(row)[head * 20 + 12..<head * 20 + 20])
        expected.replaceSubrange(4..<12, with: shared.row(row))
        #expect(Array(result.row(row)[head * 30..<(head + 1) * 30]) == expected)
      }
    }
  }

  @Test(arguments: [nil, UInt64(11)])
  func `every head of every row has root mean square 1 times its gain`(seed: UInt64?) throws {
    let (rows, heads, width) = (9, 5, 40)
    let x = random((rows, heads * width), seed: 10)
    let values = x.elements()
    let gain = seed.map { testNumbers(width, seed: $0) }
    backend.rmsNormHeads(x, headWidth: width, weight: try gain.map(Vector.init), epsilon: 1e-5)
    for (head, found) in x.elements().chunks(of: width).enumerated() {
      let source = values[head * width..<(head + 1) * width].map(Double.init)
      let mean = source.reduce(0) { $0 + $1 * $1 } / Double(width)
      let inverse = 1 / (mean + Double(Float(1e-5))).squareRoot()
      for i in 0..<width {
        let exact = source[i] * inverse * Double(gain?[i] ?? 1)
        // Half of the sum's ten roundings, then a root, a reciprocal and two products.
        #expect(abs(Double(found[i]) - exact) <= 10 * 0x1p-24 * abs(exact))
      }
    }
  }

  @Test(arguments: [true, false], [0, 3, 24])
  func `rotation from an offset is that of the elements after it`(halfSplit: Bool, offset: Int) {
    let (rows, heads, width, rotated) = (4, 3, 64, 40)
    let x = random((rows, heads * width), seed: 12)
    let angles = random((rows, rotated), seed: 13)
    let before = x.elements()
    backend.rotate(x, headWidth: width, from: offset, angles: angles, halfSplit: halfSplit)
    let part = backend.tensor(rows: rows, columns: heads * rotated)
    let source = backend.tensor(rows: rows, columns: heads * width, before)
    backend.copyHeads(
      offset..<offset + rotated,
      of: source,
      headWidth: width,
      to: part,
      headWidth: rotated,
      at: 0
    )
    backend.rotate(part, headWidth: rotated, angles: angles, halfSplit: halfSplit)
    backend.copyHeads(
      0..<rotated,
      of: part,
      headWidth: rotated,
      to: source,
      headWidth: width,
      at: offset
    )
    #expect(x.elements() == source.elements())
    #expect(x.elements() != before)
  }
}

extension [Float] {
  fileprivate func chunks(of width: Int) -> [[Float]] {
    stride(from: 0, to: count, by: width).map { Array(self[$0..<$0 + width]) }
  }
}
