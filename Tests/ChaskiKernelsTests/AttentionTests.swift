// Owns: tests of attention over cache pages (body_attention.h). Does not own: how keys and values
// are stored (CacheFloatTests.swift).

import ChaskiKernels
import Foundation
import Testing

/// Widths and a cache type.
struct AttentionShape: Sendable, CustomTestStringConvertible {
  let type: ck_cache_type
  let keyWidth: Int
  let valueWidth: Int

  var quantized: Bool { type == CK_CACHE_Q8_0 }

  var testDescription: String {
    let name = type == CK_CACHE_F32 ? "F32" : quantized ? "Q8_0" : "F16"
    return "\(name) \(keyWidth) x \(valueWidth)"
  }

  static let all: [AttentionShape] =
    [(1, 1), (3, 5), (16, 16), (17, 31), (40, 40), (64, 64), (80, 96), (192, 128), (512, 7)]
    .map { .init(type: CK_CACHE_F16, keyWidth: $0.0, valueWidth: $0.1) }
    + [(32, 32), (64, 64), (96, 160), (128, 128), (512, 32)]
    .map { .init(type: CK_CACHE_Q8_0, keyWidth: $0.0, valueWidth: $0.1) }
    + [(1, 1), (17, 31), (64, 64), (80, 96)]
    .map { .init(type: CK_CACHE_F32, keyWidth: $0.0, valueWidth: $0.1) }

  func pages(_ positions: Int, garbage: UInt8 = 0xFF) -> CachePages {
    CachePages(
      type: type,
      keyWidth: keyWidth,
      valueWidth: valueWidth,
      positions: positions,
      garbage: garbage
    )
  }
}

@Suite struct AttentionTests {
  private let scale: Float = 0.35

  /// What columns may see of 200 positions: page edges, group edges, windows, everything, and
  /// every position as the last one.
  private static let ranges: [Range<Int>] =
    [1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 200].map { 0..<$0 }
    + [
      0..<200, 5..<6, 60..<70, 63..<64, 64..<65, 64..<128, 1..<200, 130..<200, 127..<129, 199..<200,
    ]

  private func columns(_ ranges: [Range<Int>], width: Int, seed: UInt64 = 12) -> [QueryColumn] {
    var noise = SplitMix(seed)
    return ranges.map {
      QueryColumn(
        query: noise.floats(width, bound: 2),
        first: $0.lowerBound,
        limit: $0.upperBound
      )
    }
  }

  /// Causal queries of three heads at consecutive positions, as a prefill has them.
  private func causal(_ positions: Range<Int>) -> [Range<Int>] {
    positions.flatMap { Array(repeating: 0..<$0 + 1, count: 3) }
  }

  @Test(arguments: FloatTable.fast, AttentionShape.all)
  func `attention equals plain C`(table: FloatTable, shape: AttentionShape) {
    let pages = shape.pages(200)
    let sets =
      [Self.ranges, causal(50..<70), causal(190..<200)]
      + (1...14).map { Array(repeating: 3..<150, count: $0) }
    for ranges in sets {
      let columns = columns(ranges, width: shape.keyWidth)
      let fast = table.attention(pages, columns, scale: scale)
      let plain = FloatTable.plain.attention(pages, columns, scale: scale)
      for (fast, plain) in zip(fast, plain) {
        #expect(firstDifference(fast, plain) == nil)
        #expect(fast.count == shape.valueWidth)
      }
    }
  }

  @Test(arguments: FloatTable.fast)
  func `attention equals plain C at every limit and start`(table: FloatTable) {
    let shape = AttentionShape(type: CK_CACHE_F16, keyWidth: 8, valueWidth: 20)
    let pages = shape.pages(131)
    let ranges = (1...131).map { 0..<$0 } + (0..<130).map { $0..<131 }
    let columns = columns(ranges, width: 8)
    let fast = table.attention(pages, columns, scale: scale)
    let plain = FloatTable.plain.attention(pages, columns, scale: scale)
    #expect(firstDifference(fast.flatMap(\.self), plain.flatMap(\.self)) == nil)
  }

  @Test(arguments: FloatTable.present, AttentionShape.all)
  func `attention is near softmax in double precision`(table: FloatTable, shape: AttentionShape) {
    let pages = shape.pages(200)
    let columns = columns(Self.ranges, width: shape.keyWidth)
    let results = table.attention(pages, columns, scale: scale)
    for (column, result) in zip(columns, results) {
      let (exact, tolerance) = reference(pages, column)
      for (result, exact) in zip(result, exact) {
        #expect(abs(Double(result) - exact) <= tolerance)
      }
    }
  }

  /// softmax(scale * q K^T) V in double precision over what the pages hold, and the error allowed.
  ///
  /// With u = 2^-24: a sum of E products errs by (E + 1) u times the sum of magnitudes A, and for
  /// Q8_0 by one rounding more per block; scaling and the subtraction of the maximum add 3 u A. The
  /// exponential turns that into a relative error and adds 2 u, the rescaling of each page 4 u. A
  /// weighted mean of values changes by twice the weights' relative error times max |v|; its sums
  /// and the total add a rounding per position each, the division one.
  private func reference(_ pages: CachePages, _ column: QueryColumn) -> ([Double], Double) {
    let range = column.first..<column.limit
    var greatestMagnitude = 0.0
    let scores = range.map { position in
      var sum = 0.0
      var magnitude = 0.0
      for (q, k) in zip(column.query, pages.storedKey(position)) {
        sum += Double(q) * Double(k)
        magnitude += abs(Double(q) * Double(k))
      }
      greatestMagnitude = max(greatestMagnitude, magnitude * Double(scale))
      return sum * Double(scale)
    }
    let maximum = scores.max() ?? 0
    let weights = scores.map { exp($0 - maximum) }
    let total = weights.reduce(0, +)
    var result = [Double](repeating: 0, count: pages.valueWidth)
    var greatestValue = 0.0
    for (position, weight) in zip(range, weights) {
      for (e, v) in pages.storedValue(position).enumerated() {
        result[e] += weight / total * Double(v)
        greatestValue = max(greatestValue, abs(Double(v)))
      }
    }
    let roundings = Double(pages.keyWidth + pages.keyWidth / 32 + 1 + 3)
    let pageCount = Double(pages.keyPages.count)
    let relative = 0x1p-24 * (roundings * greatestMagnitude + 2 + 4 * pageCount)
    let summing = 0x1p-24 * (2 * Double(range.count) + 1)
    return (result, (2 * relative + summing) * greatestValue)
  }

  @Test(arguments: FloatTable.present, AttentionShape.all)
  func `a column alone gives the bits it gives in company`(
    table: FloatTable,
    shape: AttentionShape
  ) {
    let pages = shape.pages(200)
    let columns = columns(Self.ranges + causal(120..<133), width: shape.keyWidth)
    let together = table.attention(pages, columns, scale: scale)
    for (column, result) in zip(columns, together) {
      let alone = table.attention(pages, [column], scale: scale)
      #expect(firstDifference(alone[0], result) == nil)
    }
    let backwards = table.attention(pages, columns.reversed(), scale: scale)
    #expect(
      firstDifference(backwards.reversed().flatMap(\.self), together.flatMap(\.self)) == nil
    )
  }

  @Test(arguments: FloatTable.present, AttentionShape.all)
  func `what lies in unused slots never matters`(table: FloatTable, shape: AttentionShape) {
    // 0xFF bytes are NaN as float16, as scales and as padding of values.
    let clean = shape.pages(77, garbage: 0)
    let dirty = shape.pages(77, garbage: 0xFF)
    let columns = columns(causal(60..<77) + [70..<75, 64..<77], width: shape.keyWidth)
    let results = [clean, dirty].map { table.attention($0, columns, scale: scale) }
    #expect(firstDifference(results[0].flatMap(\.self), results[1].flatMap(\.self)) == nil)
    #expect(results[1].allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test(arguments: FloatTable.present)
  func `positions a column does not see never touch it, whatever they hold`(table: FloatTable) {
    let shape = AttentionShape(type: CK_CACHE_F16, keyWidth: 24, valueWidth: 24)
    let pages = shape.pages(130)
    let poison = [Float](repeating: .nan, count: 24)
    for position in [0, 9, 20, 63, 64, 100, 129] {
      table.storeKey(
        CK_CACHE_F16,
        poison,
        slot: position % 64,
        page: pages.keyPages[position / 64]
      )
      table.storeValue(
        CK_CACHE_F16,
        poison,
        slot: position % 64,
        page: pages.valuePages[position / 64]
      )
    }
    let ranges = [1..<9, 10..<20, 21..<63, 65..<100, 101..<129, 0..<130, 50..<70]
    let results = table.attention(pages, columns(ranges, width: 24), scale: scale)
    for (range, result) in zip(ranges, results) {
      let isPoisoned = range.contains(0) || range.contains(64)
      #expect(result.allSatisfy { $0.isNaN == isPoisoned }, "\(range)")
    }
  }

  @Test(arguments: FloatTable.present)
  func `great scores do not overflow`(table: FloatTable) {
    let shape = AttentionShape(type: CK_CACHE_F16, keyWidth: 64, valueWidth: 64)
    let pages = shape.pages(150)
    let column = QueryColumn(
      query: pages.storedKey(70).map { $0 * 1e4 },
      first: 0,
      limit: 150
    )
    let result = table.attention(pages, [column], scale: scale)
    // The key equal to the query has the greatest product, by so much that the others vanish.
    #expect(result[0] == pages.storedValue(70))
  }
}
