// Owns: tests of cache pages: their sizes, and how keys and values are stored (cache.c,
// body_cache.h). Does not own: attention.

import ChaskiKernels
import Testing

@Suite struct CacheFloatTests {
  @Test func `page sizes follow the layout`() {
    let (half, quantized) = (CK_CACHE_F16.rawValue, CK_CACHE_Q8_0.rawValue)
    for width in 1...520 {
      let width = Int64(width)
      #expect(ck_key_page_bytes(half, width) == 64 * width * 2)
      #expect(ck_value_page_bytes(half, width) == 64 * ((width + 15) / 16 * 16) * 2)
      let expected = width % 32 == 0 ? 64 * width + 64 * (width / 32) * 2 : 0
      #expect(ck_key_page_bytes(quantized, width) == expected)
      #expect(ck_value_page_bytes(quantized, width) == expected)
      #expect(ck_key_page_bytes(half, width) % 64 == 0 && expected % 64 == 0)
      #expect(ck_attention_scratch_floats(width, 1, 0) > 0)
    }
  }

  @Test(arguments: [0, -1, Int64.min, Int64.max, 1 << 40])
  func `widths that no head has give no size`(width: Int64) {
    for type in [CK_CACHE_F16.rawValue, CK_CACHE_Q8_0.rawValue] {
      #expect(ck_key_page_bytes(type, width) == 0)
      #expect(ck_value_page_bytes(type, width) == 0)
    }
    #expect(ck_attention_scratch_floats(width, 64, 0) == 0)
    #expect(ck_attention_scratch_floats(64, width, 0) == 0)
  }

  @Test(arguments: [2, 7, -1, Int32.max])
  func `unknown cache types give no size`(type: Int32) {
    #expect(ck_key_page_bytes(type, 64) == 0)
    #expect(ck_value_page_bytes(type, 64) == 0)
  }

  @Test(arguments: FloatTable.fast)
  func `storing equals plain C at every width`(table: FloatTable) {
    for width in 1...130 {
      expectSamePages(.init(type: CK_CACHE_F16, keyWidth: width, valueWidth: width), table)
      expectSamePages(.init(type: CK_CACHE_F32, keyWidth: width, valueWidth: width), table)
    }
    for width in stride(from: 32, through: 256, by: 32) {
      expectSamePages(.init(type: CK_CACHE_Q8_0, keyWidth: width, valueWidth: width), table)
    }
  }

  private func expectSamePages(_ shape: AttentionShape, _ table: FloatTable) {
    let pages = [table, .plain].map {
      CachePages(
        type: shape.type,
        keyWidth: shape.keyWidth,
        valueWidth: shape.valueWidth,
        positions: 70,
        table: $0
      )
    }
    for page in 0..<2 {
      #expect(pages[0].keyPages[page].bytes == pages[1].keyPages[page].bytes)
      #expect(pages[0].valuePages[page].bytes == pages[1].valuePages[page].bytes)
    }
  }

  @Test(arguments: FloatTable.present)
  func `an F16 page holds each number rounded to nearest even`(table: FloatTable) {
    let pages = CachePages(
      type: CK_CACHE_F16,
      keyWidth: 40,
      valueWidth: 21,
      positions: 100,
      table: table
    )
    for position in 0..<100 {
      #expect(pages.storedKey(position) == pages.keys[position].map { Float(Float16($0)) })
      #expect(pages.storedValue(position) == pages.values[position].map { Float(Float16($0)) })
    }
  }

  @Test(arguments: FloatTable.present)
  func `a Q8_0 page holds codes and scales as stated`(table: FloatTable) {
    let pages = CachePages(
      type: CK_CACHE_Q8_0,
      keyWidth: 96,
      valueWidth: 64,
      positions: 100,
      table: table
    )
    for position in 0..<100 {
      #expect(pages.storedKey(position) == quantized(pages.keys[position]))
      #expect(pages.storedValue(position) == quantized(pages.values[position]))
    }
  }

  /// Blocks of 32 rounded to codes and scales and back, written from the interface's words.
  private func quantized(_ x: [Float]) -> [Float] {
    stride(from: 0, to: x.count, by: 32).flatMap { start in
      let block = x[start..<start + 32]
      let greatest = block.map(\.magnitude).max() ?? 0
      let scale = Float(Float16(greatest / 127))
      return block.map { scale * ($0 * (127 / greatest)).rounded(.toNearestOrEven) }
    }
  }

  @Test(arguments: FloatTable.present)
  func `Q8_0 blocks at the edges of float keep their promise`(table: FloatTable) {
    let cases: [(fill: Float, other: Float, isNaN: Bool)] = [
      (0, 0, false), (-0.0, 0, false), (1e-30, -1e-30, false), (.leastNonzeroMagnitude, 0, false),
      (1, .nan, true), (.nan, 1, true), (1, .infinity, true), (-.infinity, 2, true),
      (1e38, -1e38, true), (7e6, -8e6, false), (1e-5, 1e-6, false),
    ]
    for entry in cases {
      for place in [0, 15, 16, 31] {
        var x = [Float](repeating: entry.other, count: 32)
        x[place] = entry.fill
        let page = PageBytes(count: 64 * 34, filled: 0)
        table.storeValue(CK_CACHE_Q8_0, x, slot: 5, page: page)
        let scale = page.half(at: 64 * 32 + 2 * 5)
        #expect((!scale.isFinite) == entry.isNaN, "\(entry)")
        guard scale.isFinite else { continue }
        for i in 0..<32 {
          // Half a code, and what the rounding of the scale to float16 changes.
          let code = Float(page.code(at: 5 * 32 + i))
          let tolerance = scale * 0.5 + abs(code) * max(scale * 0x1p-11, 0x1p-25) + 127 * 0x1p-25
          #expect(abs(scale * code - x[i]) <= tolerance, "\(entry) at \(i)")
        }
      }
    }
  }

  @Test(arguments: FloatTable.present, [true, false])
  func `storing touches its own slot only`(table: FloatTable, quantized: Bool) {
    let shape = AttentionShape(
      type: quantized ? CK_CACHE_Q8_0 : CK_CACHE_F16,
      keyWidth: 64,
      valueWidth: 64
    )
    let pages = shape.pages(64)
    let before = (0..<64).map { (pages.storedKey($0), pages.storedValue($0)) }
    var noise = SplitMix(21)
    let new = noise.floats(64)
    table.storeKey(shape.type, new, slot: 37, page: pages.keyPages[0])
    table.storeValue(shape.type, new, slot: 37, page: pages.valuePages[0])
    for position in 0..<64 {
      #expect((pages.storedKey(position) == before[position].0) == (position != 37))
      #expect((pages.storedValue(position) == before[position].1) == (position != 37))
    }
  }
}
