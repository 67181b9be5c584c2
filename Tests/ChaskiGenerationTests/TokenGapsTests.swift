import ChaskiGeneration
import Testing

/// Times between tokens, counted in buckets.
struct TokenGapsTests {
  @Test func `a time falls into the first bucket that is not below it`() {
    var gaps = TokenGaps()
    #expect(gaps.count == 0 && gaps.counts.isEmpty)
    for milliseconds in [-5, 1, 2, 4, 60_000] { gaps.note(.milliseconds(milliseconds)) }
    #expect(gaps.counts.count == TokenGaps.bounds.count + 1)
    #expect(gaps.counts.prefix(4) == [2, 1, 0, 1])
    #expect(gaps.counts.last == 1)
    #expect(gaps.count == 5)
    #expect(abs(gaps.totalSeconds - 60.007) < 1e-9)
  }

  @Test func `the times of two answers are those of both`() {
    var first = TokenGaps()
    var second = TokenGaps()
    var both = TokenGaps()
    for milliseconds in 1...40 {
      let gap = Duration.milliseconds(milliseconds * milliseconds)
      if milliseconds.isMultiple(of: 3) { first.note(gap) } else { second.note(gap) }
      both.note(gap)
    }
    first.add(second)
    first.add(TokenGaps())
    #expect(first.counts == both.counts)
    #expect(abs(first.totalSeconds - both.totalSeconds) < 1e-9)
  }

  @Test func `bounds rise`() {
    #expect(TokenGaps.bounds == TokenGaps.bounds.sorted())
    #expect(Set(TokenGaps.bounds).count == TokenGaps.bounds.count)
  }
}
