// Owns: tests that float16 and bfloat16 are converted exactly (half.h and each vector_*.h), seen
// through the kernels that convert. Does not own: those kernels' other promises.

import ChaskiKernels
import Testing

@Suite struct HalfFloatTests {
  /// The product of each of the 65,536 patterns, as a weight, with 1.
  private func widened(_ table: FloatTable, _ type: ck_type) -> [Float] {
    let product = FloatProduct(type: type, weights: (0..<65_536).map { $0 }, x: [0, 1])
    return Array(product.run(table).prefix(65_536))
  }

  @Test(arguments: FloatTable.present)
  func `every float16 widens exactly`(table: FloatTable) {
    // fma(w, 1, 0): -0 becomes +0, all else stays.
    let expected = (0..<65_536).map { Float(Float16(bitPattern: UInt16($0))) + 0 }
    #expect(firstDifference(widened(table, CK_F16), expected) == nil)
  }

  @Test(arguments: FloatTable.present)
  func `every bfloat16 widens exactly`(table: FloatTable) {
    let expected = (0..<65_536).map { Float(bitPattern: UInt32($0) << 16) + 0 }
    #expect(firstDifference(widened(table, CK_BF16), expected) == nil)
  }

  @Test(arguments: FloatTable.present)
  func `floats round to the nearest float16, ties to even`(table: FloatTable) {
    // Each float16, the middle to the next one, and the floats beside that middle.
    let numbers = (0..<65_536).flatMap { pattern -> [Float] in
      let half = Float(Float16(bitPattern: UInt16(pattern)))
      let next = Float(Float16(bitPattern: UInt16(pattern) &+ 1))
      let middle = half / 2 + next / 2
      return [half, middle, middle.nextUp, middle.nextDown]
    }
    let extremes: [Float] = [
      65_519.996, 65_520, 65_536, 1e30, .greatestFiniteMagnitude, 0x1p-25, 0x1.000002p-25, 0x1p-140,
      .leastNonzeroMagnitude, .infinity, .nan,
    ]
    for chunk in (numbers + extremes + extremes.map { -$0 }).chunks(of: 512) {
      let page = PageBytes(count: 64 * 512 * 2, filled: 0)
      table.storeValue(CK_CACHE_F16, chunk, slot: 0, page: page)
      for (i, number) in chunk.enumerated() {
        let stored = Float16(bitPattern: page.bits(at: 2 * i))
        let expected = Float16(number)
        let agrees = stored.bitPattern == expected.bitPattern || stored.isNaN && expected.isNaN
        #expect(agrees, "\(number) became \(stored)")
      }
    }
  }
}

extension [Float] {
  fileprivate func chunks(of size: Int) -> [[Float]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
