// Owns: tests of attention whose values lie in its keys (body_latent.h), and of capped scores.
// Does not own: attention in general (AttentionTests.swift).

import ChaskiKernels
import Foundation
import Testing

@Suite struct LatentAttentionTests {
  private let scale: Float = 0.2

  private static let shapes: [AttentionShape] =
    [(1, 1), (24, 5), (17, 17), (40, 32), (64, 48), (576, 512)]
    .flatMap { widths in
      [CK_CACHE_F16, CK_CACHE_F32].map {
        AttentionShape(type: $0, keyWidth: widths.0, valueWidth: widths.1)
      }
    }
    + [(32, 32), (96, 64), (576, 512)]
    .map { .init(type: CK_CACHE_Q8_0, keyWidth: $0.0, valueWidth: $0.1) }

  private static let ranges: [Range<Int>] =
    [1, 15, 16, 17, 63, 64, 65, 128, 150].map { 0..<$0 }
    + [5..<6, 60..<70, 63..<64, 64..<65, 130..<150, 127..<129]

  private func columns(_ ranges: [Range<Int>], width: Int) -> [QueryColumn] {
    var noise = SplitMix(31)
    return ranges.map {
      QueryColumn(query: noise.floats(width), first: $0.lowerBound, limit: $0.upperBound)
    }
  }

  private func pages(_ shape: AttentionShape, garbage: UInt8 = 0xFF) -> CachePages {
    CachePages(
      type: shape.type,
      keyWidth: shape.keyWidth,
      valueWidth: shape.valueWidth,
      positions: 150,
      garbage: garbage,
      valuesAreKeys: true
    )
  }

  @Test(arguments: FloatTable.present, shapes)
  func `values in keys give the bits of the same values in pages of their own`(
    table: FloatTable,
    shape: AttentionShape
  ) {
    let pages = pages(shape)
    let sets = [
      Self.ranges, Array(repeating: 0..<150, count: 75), [0..<150], [20..<140, 30..<141],
    ]
    for ranges in sets {
      let columns = columns(ranges, width: shape.keyWidth)
      let apart = FloatTable.plain.attention(pages, columns, scale: scale)
      let inside = table.attention(pages, columns, scale: scale, valuesInKeys: true)
      #expect(firstDifference(inside.flatMap(\.self), apart.flatMap(\.self)) == nil)
    }
  }

  @Test(arguments: FloatTable.fast, [AttentionShape].init(AttentionShape.all.prefix(12)))
  func `capped attention equals plain C`(table: FloatTable, shape: AttentionShape) {
    let pages = shape.pages(150)
    let columns = columns(Self.ranges, width: shape.keyWidth)
    let results = [table, .plain].map { $0.attention(pages, columns, scale: 0.3, softCap: 1.5) }
    #expect(firstDifference(results[0].flatMap(\.self), results[1].flatMap(\.self)) == nil)
  }

  @Test(arguments: FloatTable.present)
  func `capped attention is near softmax of capped scores`(table: FloatTable) {
    let shape = AttentionShape(type: CK_CACHE_F32, keyWidth: 24, valueWidth: 20)
    let pages = shape.pages(150)
    let columns = columns(Self.ranges, width: 24)
    let (scale, cap) = (Float(0.5), Float(2))
    for (column, result) in zip(
      columns,
      table.attention(pages, columns, scale: scale, softCap: cap)
    ) {
      let range = column.first..<column.limit
      let weights = range.map { position in
        let product = zip(column.query, pages.storedKey(position))
          .reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        return exp(Double(cap) * tanh(Double(scale) * product / Double(cap)))
      }
      let total = weights.reduce(0, +)
      for e in result.indices {
        let exact = zip(range, weights).reduce(0.0) {
          $0 + $1.1 / total * Double(pages.storedValue($1.0)[e])
        }
        // Scores err by some 30 roundings of numbers below 24, sums of 150 values below 2 by as many roundings.
        #expect(abs(Double(result[e]) - exact) <= 1000 * 0x1p-24)
      }
    }
  }

  @Test func `scratch for values in keys is bounded by the keys' width`() {
    #expect(ck_attention_scratch_floats(64, 65, 1) == 0)
    #expect(ck_attention_scratch_floats(64, 64, 1) > ck_attention_scratch_floats(64, 64, 0))
  }
}
