// Owns: the quantisation of activations to int8. Does not own: products (MatmulQuantTests).

import ChaskiKernels
import Testing

struct QuantizeQuantTests {
  /// One block of 32 as the interface states it, in Swift.
  static func expected(_ x: ArraySlice<Float>) -> (codes: [Int8], scale: Float) {
    let largest = x.map(\.magnitude).max() ?? 0
    if x.contains(where: { !$0.isFinite }) { return (Array(repeating: 0, count: 32), .nan) }
    let inverse = 127 / largest
    if !inverse.isFinite { return (Array(repeating: 0, count: 32), 0) }
    let codes = x.map { Int8(($0 * inverse).rounded(.toNearestOrEven)) }
    return (codes, largest / 127)
  }

  static func check(_ x: [Float], stride: Int, count: Int, depth: Int) throws {
    for isa in Tables.isas {
      let columns = try Columns(x, stride: stride, count: count, depth: depth, with: isa)
      for column in 0..<count {
        for block in 0..<(depth / 32) {
          let start = column * stride + 32 * block
          let (codes, scale) = expected(x[start..<(start + 32)])
          let at = column * depth / 32 + block
          let ours = Array(columns.codes[(32 * at)..<(32 * at + 32)])
          #expect(ours == codes)
          #expect(comparable([columns.scales[at]]) == comparable([scale]))
          #expect(columns.sums[2 * at] == codes[..<16].reduce(0) { $0 + Int16($1) })
          #expect(columns.sums[2 * at + 1] == codes[16...].reduce(0) { $0 + Int16($1) })
        }
      }
    }
  }

  @Test(arguments: [32, 64, 160, 576], [0, 1, 3])
  func `codes, scales and sums are those of the definition on every instruction set`(
    depth: Int,
    count: Int
  ) throws {
    var random = SplitMix(UInt64(depth + count))
    let stride = depth + 5
    let x = (0..<(count * stride + 8)).map { _ in random.float() * 3 }
    try Self.check(x, stride: stride, count: count, depth: depth)
  }

  @Test(arguments: [1, 100, 126, 127] as [Float])
  func `halves round to even`(largest: Float) throws {
    // With 127 (or a power of two times it) as the largest, x * (127 / m) is exact.
    var x = (0..<32).map { Float($0) + 0.5 }
    x[31] = 127
    x[30] = -largest - 0.5
    try Self.check(x, stride: 32, count: 1, depth: 32)
    try Self.check(x.map { $0 * 0x1p-100 }, stride: 32, count: 1, depth: 32)
  }

  @Test(
    arguments: [
      .nan, -.nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude,
      -.greatestFiniteMagnitude, 0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
      .leastNormalMagnitude, 3.7e-37, 3.8e-37, 1e-30,
    ] as [Float]
  )
  func `extreme values give the same codes everywhere and trap nowhere`(value: Float) throws {
    var random = SplitMix(3)
    for place in [0, 7, 15, 16, 31] {
      for others in [0, 1e-38, 1] as [Float] {
        var x = (0..<64).map { _ in random.float() * others }
        x[place] = value
        try Self.check(x, stride: 64, count: 1, depth: 64)
      }
    }
  }

  @Test func `what is not finite shows in the product`() throws {
    let weights = PackedWeights(
      random: WeightType.quantised[0],
      rows: 16,
      depth: 64,
      tame: true,
      seed: 2
    )
    for isa in Tables.isas {
      var x = [Float](repeating: 0.5, count: 64)
      x[40] = .infinity
      let columns = try Columns(x, stride: 64, count: 1, depth: 64, with: isa)
      #expect(try multiply(weights, columns, with: isa).allSatisfy { $0.isNaN })
    }
  }
}
