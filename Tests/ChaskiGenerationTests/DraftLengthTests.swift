import ChaskiGeneration
import Testing

struct DraftLengthTests {
  @Test func `a length doubles while whole drafts stand, up to its maximum`() {
    var length = DraftLength(maximum: 6)
    var seen: [Int] = []
    for _ in 0..<5 {
      seen.append(length.current)
      length.observe(draftedCount: length.current, acceptedCount: length.current)
    }
    #expect(seen == [1, 2, 4, 6, 6])
  }

  @Test func `a length falls to what stood, and to nothing where nothing stands`() {
    var length = DraftLength(maximum: 8)
    for _ in 0..<4 {
      length.observe(draftedCount: length.current, acceptedCount: length.current)
    }
    length.observe(draftedCount: 8, acceptedCount: 5)
    #expect(length.current == 5)
    var seen: [Int] = []
    for _ in 0..<4 {
      length.observe(draftedCount: length.current, acceptedCount: 0)
      seen.append(length.current)
    }
    #expect(seen == [2, 1, 0, 0])
    length.resume()
    #expect(length.current == 1)
  }

  @Test func `a draft cut short by the answer's end does not shorten the next`() {
    var length = DraftLength(maximum: 8)
    for _ in 0..<4 {
      length.observe(draftedCount: length.current, acceptedCount: length.current)
    }
    length.observe(draftedCount: 1, acceptedCount: 1)
    #expect(length.current == 8)
  }
}
