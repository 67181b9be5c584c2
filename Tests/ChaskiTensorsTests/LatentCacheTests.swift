import ChaskiTensors
import Testing

/// The cache of latent attention: values that lie in their keys.
struct LatentCacheTests {
  private let backend: CPUBackend

  init() throws {
    backend = try CPUBackend(threadCount: 2)
  }

  @Test(arguments: CacheType.allCases)
  func `a position takes the bytes of its key and nothing else`(type: CacheType) throws {
    let (latent, rotary, layers) = (512, 64, 3)
    let layer = CacheLayout.Layer(
      headCount: 1,
      keyWidth: latent + rotary,
      valueWidth: latent,
      valuesInKeys: true
    )
    let layout = try CacheLayout(layers: Array(repeating: layer, count: layers), type: type)
    let elements = (latent + rotary) * layers
    let expected =
      switch type {
      case .f32: elements * 4
      case .f16: elements * 2
      case .q8_0: elements + elements / 32 * 2
      }
    #expect(layout.bytesPerPosition == expected)
    #expect(layout.groups.map(\.pageByteCount) == [expected * CacheLayout.pageLength])
  }

  /// Attention of `rows` rows after `before` positions, with values in keys or in pages of their own.
  private func attend(
    _ type: CacheType,
    rows: Int,
    before: Int,
    heads: Int,
    inside: Bool
  ) throws -> [Float] {
    let (keyWidth, valueWidth) = (96, 64)
    let layer = CacheLayout.Layer(
      headCount: 1,
      keyWidth: keyWidth,
      valueWidth: valueWidth,
      valuesInKeys: inside
    )
    let pool = CachePagePool(
      layout: try CacheLayout(layers: [layer, layer], type: type),
      pageLimit: 8
    )
    let total = before + rows
    let table = CachePageTable(
      pages: try (0..<(total + 63) / 64).map { _ in try #require(try pool.take()) }
    )
    let keys = backend.tensor(
      rows: total,
      columns: keyWidth,
      testNumbers(total * keyWidth, seed: 3)
    )
    let fill = CacheRun(rows: 0..<total, firstPosition: 0, tables: [table], in: pool)
    let values = inside ? nil : backend.columns(0..<valueWidth, of: keys)
    for layer in 0..<2 { backend.store(keys: keys, values: values, runs: [fill], layer: layer) }
    let run = CacheRun(rows: 0..<rows, firstPosition: before, tables: [table], in: pool)
    let queries = backend.tensor(
      rows: rows,
      columns: heads * keyWidth,
      testNumbers(rows * heads * keyWidth, seed: 4)
    )
    let result = backend.attend(
      queries: queries,
      headCount: heads,
      runs: [run],
      layer: 1,
      scale: 0.2,
      softCap: 3
    )
    #expect(result.columns == heads * valueWidth)
    return result.elements()
  }

  @Test(arguments: CacheType.allCases, [(1, 0), (1, 130), (70, 5), (3, 64)])
  func `values in keys give the bits of values stored apart`(
    type: CacheType,
    shape: (rows: Int, before: Int)
  ) throws {
    for heads in [1, 16, 128] {
      let found = try attend(
        type,
        rows: shape.rows,
        before: shape.before,
        heads: heads,
        inside: true
      )
      let apart = try attend(
        type,
        rows: shape.rows,
        before: shape.before,
        heads: heads,
        inside: false
      )
      #expect(found == apart)
    }
  }

  @Test func `quantised keys need a width in whole blocks`() {
    let layer = CacheLayout.Layer(headCount: 1, keyWidth: 40, valueWidth: 32, valuesInKeys: true)
    #expect(throws: TensorError.self) { try CacheLayout(layers: [layer], type: .q8_0) }
  }
}
