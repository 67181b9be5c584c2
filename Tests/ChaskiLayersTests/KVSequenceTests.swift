import ChaskiLayers
import ChaskiTensors
import Testing

/// Which pages a timeline holds.
struct KVSequenceTests {
  private func pool(_ limit: Int) throws -> CachePagePool {
    CachePagePool(
      layout: try CacheLayout(
        layers: [CacheLayout.Layer(headCount: 1, keyWidth: 8, valueWidth: 8)],
        type: .f16
      ),
      pageLimit: limit
    )
  }

  @Test(arguments: [(1, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
  func `a sequence holds the pages its positions need`(positions: Int, expected: Int) throws {
    let pool = try pool(8)
    let sequence = KVSequence(in: pool)
    _ = try sequence.extend(byRows: 0..<positions)
    #expect(sequence.length == positions)
    #expect(pool.usedPageCount == expected)
  }

  @Test func `pages return when the sequence is shortened or gone`() throws {
    let pool = try pool(8)
    do {
      let sequence = KVSequence(in: pool)
      _ = try sequence.extend(byRows: 0..<200)
      #expect(pool.usedPageCount == 4)
      sequence.truncate(to: 64)
      #expect(pool.usedPageCount == 1)
    }
    #expect(pool.usedPageCount == 0)
  }

  @Test func `a full cache is an error and changes nothing`() throws {
    let pool = try pool(2)
    let sequence = KVSequence(in: pool)
    _ = try sequence.extend(byRows: 0..<100)
    #expect(throws: CacheError.full(positionCapacity: 128)) {
      _ = try sequence.extend(byRows: 0..<64)
    }
    #expect(sequence.length == 100)
    #expect(pool.usedPageCount == 2)
    _ = try sequence.extend(byRows: 0..<28)
    #expect(sequence.length == 128)
  }

  @Test(arguments: [AttentionSpan.all, .window(5), .window(130), .chunk(100)], [1, 40, 64, 200])
  func `the pages that a step takes are known before it`(span: AttentionSpan, count: Int) throws {
    let layout = try CacheLayout(
      layers: [
        CacheLayout.Layer(headCount: 1, keyWidth: 8, valueWidth: 8),
        CacheLayout.Layer(headCount: 1, keyWidth: 8, valueWidth: 8, span: span),
      ],
      type: .f16
    )
    let pool = CachePagePool(layout: layout, pageLimit: 100)
    var sequences = [KVSequence(in: pool)]
    for step in 0..<12 {
      // Now and then a fork shares what the other writes to next.
      if step % 4 == 3 { sequences = [sequences[0].fork(), sequences[0]] }
      for sequence in sequences {
        let needed = sequence.pagesNeeded(toExtendBy: count)
        let groups = layout.groups.indices
        let before = groups.map { pool.usedPageCount(ofGroup: $0) }
        _ = try sequence.extend(byRows: 0..<count)
        for group in groups {
          let taken = pool.usedPageCount(ofGroup: group) - before[group]
          // A step may give back more than it takes.
          #expect(needed[group] == max(0, taken), "step \(step), group \(group)")
          #expect(sequence.pageCounts.count == groups.count)
        }
      }
    }
  }

  @Test func `forks share pages until one writes`() throws {
    let pool = try pool(8)
    let sequence = KVSequence(in: pool)
    _ = try sequence.extend(byRows: 0..<70)
    let fork = sequence.fork()
    #expect(pool.usedPageCount == 2)
    _ = try fork.extend(byRows: 0..<1)
    #expect(pool.usedPageCount == 3)
    _ = try sequence.extend(byRows: 0..<1)
    #expect(pool.usedPageCount == 3)
  }

  @Test func `a copy has pages of its own, or is refused and holds none`() throws {
    let pool = try pool(5)
    let sequence = KVSequence(in: pool)
    _ = try sequence.extend(byRows: 0..<70)
    let copy = try sequence.copy()
    #expect(copy.length == 70)
    #expect(pool.usedPageCount == 4)
    #expect(throws: CacheError.full(positionCapacity: 320)) { try copy.copy() }
    #expect(pool.usedPageCount == 4)
    copy.truncate(to: 0)
    #expect(sequence.length == 70)
    #expect(pool.usedPageCount == 2)
  }
}
