import ChaskiGeneration
import Testing

/// How many sequences a step continues, on a machine whose times are made up.
struct BatchSizeTests {
  /// After `count` full steps of `base + rows * each` milliseconds.
  private func settled(
    bound: Int = 30,
    limit: Int = 64,
    base: Double,
    each: Double,
    steps: Int = 100
  ) -> (size: BatchSize, longest: Double) {
    var size = BatchSize(bound: .milliseconds(bound), limit: limit)
    var longest = 0.0
    for _ in 0..<steps {
      let milliseconds = base + Double(size.rows) * each
      longest = max(longest, milliseconds)
      size.note(rows: size.rows, seconds: milliseconds / 1000)
    }
    return (size, longest)
  }

  @Test func `a batch begins with what any machine may do`() {
    #expect(BatchSize(bound: .milliseconds(30), limit: 64).rows == BatchSize.least)
    #expect(BatchSize(bound: .milliseconds(30), limit: 4).rows == 4)
  }

  @Test func `a fast machine comes to the limit and stays there`() {
    #expect(settled(base: 4, each: 0.3).size.rows == 64)
    #expect(settled(limit: 40, base: 4, each: 0.3).size.rows == 40)
  }

  @Test func `a slow machine continues the least, however long that takes`() {
    #expect(settled(base: 0, each: 10).size.rows == BatchSize.least)
    #expect(settled(limit: 8, base: 0, each: 10).size.rows == 8)
  }

  @Test(arguments: [0.6, 0.8, 1.0], [0.0, 5.0])
  func `between them a batch is as large as its time allows`(each: Double, base: Double) {
    let (size, longest) = settled(base: base, each: each)
    let exact = (30 - base) / each
    #expect(Double(size.rows) <= exact)
    #expect(Double(size.rows) >= exact * 0.85)
    #expect(longest <= 30)
  }

  @Test func `a batch shrinks when texts become long, and grows again`() {
    var size = settled(base: 4, each: 0.3).size
    for _ in 0..<100 { size.note(rows: size.rows, seconds: 0.001 * Double(size.rows)) }
    #expect((26...30).contains(size.rows))
    for _ in 0..<100 { size.note(rows: size.rows, seconds: 0.0003 * Double(size.rows)) }
    #expect(size.rows == 64)
  }

  @Test func `one step that was held up changes little`() {
    var size = settled(base: 4, each: 0.3).size
    size.note(rows: 64, seconds: 5)
    #expect(size.rows == 56)
  }

  @Test func `steps that are not full say nothing of larger ones`() {
    var size = BatchSize(bound: .milliseconds(30), limit: 64)
    for _ in 0..<100 { size.note(rows: 15, seconds: 0.001) }
    #expect(size.rows == BatchSize.least)
  }
}
