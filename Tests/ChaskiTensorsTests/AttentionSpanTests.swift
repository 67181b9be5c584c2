import ChaskiTensors
import Foundation
import Testing

/// What a layer's span shows its tokens.
struct AttentionSpanTests {
  static let spans: [AttentionSpan] = [
    .all, .window(1), .window(5), .window(64), .window(100), .chunk(1), .chunk(16), .chunk(100),
  ]

  /// The definition, position by position.
  private static func sees(_ span: AttentionSpan, _ key: Int, from query: Int) -> Bool {
    switch span {
    case .all: key <= query
    case .window(let length): key <= query && key > query - length
    case .chunk(let length): key <= query && key / length == query / length
    }
  }

  @Test(arguments: spans)
  func `the first position seen is the first that the definition shows`(span: AttentionSpan) {
    for query in 0..<300 {
      let expected = (0...query).first { Self.sees(span, $0, from: query) }
      #expect(span.firstPosition(seenFrom: query) == expected)
    }
  }

  /// Softmax of scaled products over the positions seen, in double precision.
  private static func reference(
    _ q: ArraySlice<Float>,
    _ keys: [Float],
    _ values: [Float],
    over seen: [Int],
    width: Int
  ) -> [Double] {
    let scores = seen.map { position in
      zip(q, keys[(position * width)...]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let greatest = scores.max() ?? 0
    let weights = scores.map { exp($0 - greatest) }
    let total = weights.reduce(0, +)
    return (0..<width).map { column in
      zip(seen, weights).reduce(0.0) {
        $0 + $1.1 / total * Double(values[$1.0 * width + column])
      }
    }
  }

  @Test(arguments: spans)
  func `attention reads what the span shows and nothing else`(span: AttentionSpan) throws {
    let (count, width) = (150, 8)
    let backend = try CPUBackend(threadCount: 2)
    let layer = CacheLayout.Layer(headCount: 1, keyWidth: width, valueWidth: width, span: span)
    let pool = CachePagePool(
      layout: try CacheLayout(layers: [layer], type: .f32),
      pageLimit: 3
    )
    let pages = try (0..<3).compactMap { _ in try pool.take() }
    let run = CacheRun(
      rows: 0..<count,
      firstPosition: 0,
      tables: [CachePageTable(pages: pages)],
      in: pool
    )
    let (q, k, v) = (
      testNumbers(count * width, seed: 1), testNumbers(count * width, seed: 2),
      testNumbers(count * width, seed: 3)
    )
    backend.store(
      keys: backend.tensor(rows: count, columns: width, k),
      values: backend.tensor(rows: count, columns: width, v),
      runs: [run],
      layer: 0
    )
    let found = backend.attend(
      queries: backend.tensor(rows: count, columns: width, q),
      headCount: 1,
      runs: [run],
      layer: 0,
      scale: 1
    )
    for row in 0..<count {
      let expected = Self.reference(
        q[(row * width)..<(row + 1) * width],
        k,
        v,
        over: (0...row).filter { Self.sees(span, $0, from: row) },
        width: width
      )
      for (a, b) in zip(found.row(row), expected) {
        // Float32 sums of at most 150 terms below 1.
        #expect(abs(Double(a) - b) <= 2e-5)
      }
    }
  }
}
