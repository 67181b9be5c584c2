import ChaskiLayers
import ChaskiTensors
import Testing

/// Layers that see a part of the past keep that part, and nothing changes but the memory.
struct SpanCacheTests {
  static let spans: [AttentionSpan] = [
    .all, .window(5), .window(100), .chunk(16), .chunk(150), .window(5),
  ]

  private let backend: CPUBackend
  private let layout: CacheLayout
  private let width = 8

  init() throws {
    backend = try CPUBackend(threadCount: 1)
    layout = try CacheLayout(
      layers: Self.spans.map {
        CacheLayout.Layer(headCount: 1, keyWidth: 8, valueWidth: 8, span: $0)
      },
      type: .f16
    )
  }

  /// Queries, keys or values of tokens, one number for each: the same token always has the same.
  private func rows(_ tokens: ArraySlice<Int>, _ kind: UInt64) -> Tensor {
    var values: [Float] = []
    for token in tokens {
      var state = UInt64(token) &* 2_862_933_555_777_941_757 &+ kind
      for _ in 0..<width {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        values.append(Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648)
      }
    }
    return backend.tensor(rows: tokens.count, columns: width, values)
  }

  /// Stores `tokens` and attends over what they see, layer after layer.
  private func attend(_ tokens: ArraySlice<Int>, _ run: CacheRun) -> [[Float]] {
    Self.spans.indices.map { layer in
      backend.store(
        keys: rows(tokens, 2 + UInt64(layer)),
        values: rows(tokens, 100 + UInt64(layer)),
        runs: [run],
        layer: layer
      )
      return backend.attend(
        queries: rows(tokens, 1),
        headCount: 1,
        runs: [run],
        layer: layer,
        scale: 1
      ).elements()
    }
  }

  /// The same for the text's last `count` tokens in a cache that keeps everything.
  private func reference(_ text: [Int], last count: Int) throws -> [[Float]] {
    let pageCount = (text.count + CacheLayout.pageLength - 1) / CacheLayout.pageLength
    let pool = CachePagePool(layout: layout, pageLimit: pageCount)
    let tables = try layout.groups.indices.map { group in
      CachePageTable(pages: try (0..<pageCount).compactMap { _ in try pool.take(group: group) })
    }
    let run = CacheRun(rows: 0..<text.count, firstPosition: 0, tables: tables, in: pool)
    return attend(text[...], run).map { Array($0.suffix(count * width)) }
  }

  @Test(arguments: [1, 7, 64, 100, 333, 700])
  func `a cache that keeps what is seen gives the bits of one that keeps everything`(
    stepLength: Int
  ) throws {
    let text = Array(0..<700)
    let expected = try reference(text, last: text.count)
    let pool = CachePagePool(layout: layout, contextLength: 700, stepLength: stepLength)
    let sequence = KVSequence(in: pool)
    var found: [[Float]] = Self.spans.map { _ in [] }
    while sequence.length < text.count {
      let first = sequence.length
      let last = min(first + stepLength, text.count)
      let run = try sequence.extend(byRows: 0..<last - first)
      for (layer, elements) in attend(text[first..<last], run).enumerated() {
        found[layer] += elements
      }
    }
    #expect(found == expected)
  }

  @Test func `layers of one span share pages, which go back when nothing sees them`() throws {
    #expect(layout.groups.map(\.span) == Array(Self.spans.prefix(5)))
    let pool = CachePagePool(layout: layout, contextLength: 10_000, stepLength: 10)
    let sequence = KVSequence(in: pool)
    for _ in 0..<1000 { _ = try sequence.extend(byRows: 0..<10) }
    // The last step was at 9990: 64 positions before it a window of 5 began at 9922, in page 155 of 157.
    let expected = [157, 2, 4, 2, 3]
    #expect(layout.groups.indices.map { pool.usedPageCount(ofGroup: $0) } == expected)
    sequence.truncate(to: 0)
    #expect(pool.usedPageCount == 0)
  }

  @Test func `a page's bytes are shared out among the groups`() throws {
    let whole = try CacheLayout(
      layers: Self.spans.map { _ in
        CacheLayout.Layer(headCount: 1, keyWidth: 8, valueWidth: 8)
      },
      type: .f16
    )
    #expect(whole.groups.count == 1)
    #expect(whole.bytesPerPosition == layout.bytesPerPosition)
    #expect(layout.groups[1].pageByteCount == 2 * layout.groups[0].pageByteCount)
    #expect(whole.byteCount(readFrom: 999) == 1000 * whole.bytesPerPosition)
    // Seen at 999: everything, twice 5, 100, from 992 on, from 900 on.
    let seen = 1000 + 2 * 5 + 100 + 8 + 100
    #expect(layout.byteCount(readFrom: 999) == seen * whole.bytesPerPosition / Self.spans.count)
  }

  @Test(arguments: [
    // Within the 64 positions that are kept besides, every length does.
    (AttentionSpan.all, 0, 0), (.all, 777, 777),
    (.window(100), 1000, 1000), (.window(100), 936, 936), (.window(100), 900, 0),
    (.window(1), 5, 5), (.chunk(100), 936, 936), (.chunk(100), 850, 800), (.chunk(100), 800, 800),
    (.chunk(100), 99, 0), (.window(100), 0, 0), (.window(2000), 7, 7), (.chunk(2000), 7, 7),
  ])
  func `a sequence says how far back it can go`(
    span: AttentionSpan,
    wanted: Int,
    expected: Int
  ) throws {
    let layer = CacheLayout.Layer(headCount: 1, keyWidth: 8, valueWidth: 8, span: span)
    let pool = CachePagePool(
      layout: try CacheLayout(layers: [layer], type: .f16),
      contextLength: 2000,
      stepLength: 1
    )
    let sequence = KVSequence(in: pool)
    for _ in 0..<1001 { _ = try sequence.extend(byRows: 0..<1) }
    #expect(sequence.restartLength(atMost: wanted) == expected)
    sequence.truncate(to: expected)
    #expect(sequence.length == expected)
  }

  @Test func `blocks within pages restart where all layers can`() throws {
    // One layer keeps blocks of 16, one of 150, two windows: only nothing at all suits all of them.
    let pool = CachePagePool(layout: layout, contextLength: 2000, stepLength: 1)
    let sequence = KVSequence(in: pool)
    for _ in 0..<1001 { _ = try sequence.extend(byRows: 0..<1) }
    #expect(sequence.restartLength(atMost: 940) == 940)
    #expect(sequence.restartLength(atMost: 900) == 0)
    let blocks = try CacheLayout(
      layers: [16, 24, 32].map {
        CacheLayout.Layer(headCount: 1, keyWidth: 8, valueWidth: 8, span: .chunk($0))
      },
      type: .f16
    )
    let other = KVSequence(
      in: CachePagePool(layout: blocks, contextLength: 2000, stepLength: 1)
    )
    for _ in 0..<1001 { _ = try other.extend(byRows: 0..<1) }
    // The greatest common beginning of blocks of 16, 24 and 32 below 800.
    #expect(other.restartLength(atMost: 799) == 768)
  }

  /// A sequence, and the text it should hold.
  private struct Past {
    var sequence: KVSequence
    var text: [Int] = []
  }

  @Test(arguments: 1...6)
  func `growing, going back, forking and copying give the bits of a fresh start`(
    seed: UInt64
  ) throws {
    var state = seed
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
    // Two sequences and their pages, but no more than their spans need.
    let pool = CachePagePool(
      layout: layout,
      contextLength: 700,
      stepLength: 200,
      sequenceCount: 2
    )
    var pasts = [Past(sequence: KVSequence(in: pool)), Past(sequence: KVSequence(in: pool))]
    for token in 0..<120 {
      let index = random(2)
      switch random(8) {
      case 0:
        pasts[index] = Past(sequence: KVSequence(in: pool))
        let other = pasts[1 - index]
        pasts[index] = Past(sequence: other.sequence.fork(), text: other.text)
      case 1:
        pasts[index] = Past(sequence: KVSequence(in: pool))
        let other = pasts[1 - index]
        pasts[index] = Past(sequence: try other.sequence.copy(), text: other.text)
      case 2, 3:
        let wanted = random(2) == 0 ? random(700) : max(0, pasts[index].text.count - random(80))
        let length = pasts[index].sequence.restartLength(atMost: wanted)
        pasts[index].sequence.truncate(to: length)
        pasts[index].text.removeLast(pasts[index].text.count - length)
      default:
        let room = 700 - pasts[index].text.count
        let count = min(1 + random(random(3) == 0 ? 200 : 12), room)
        guard count > 0 else { continue }
        // Another text after every change, so that what is left of an old one shows.
        let new = (0..<count).map { 1000 * token + $0 }
        let run = try pasts[index].sequence.extend(byRows: 0..<count)
        pasts[index].text += new
        #expect(
          try attend(new[...], run) == reference(pasts[index].text, last: count),
          "step \(token)"
        )
      }
    }
  }
}
