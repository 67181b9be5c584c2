import ChaskiGeneration
import Testing

struct NgramIndexTests {
  private func index(_ tokens: [Int32], _ lengths: ClosedRange<Int> = 1...3) -> NgramIndex {
    var index = NgramIndex(lengths: lengths)
    for token in tokens { index.append(token) }
    return index
  }

  /// The longest match at the end of `tokens`, the latest of its length, looked for from scratch.
  private func slowMatch(_ tokens: [Int32], _ lengths: ClosedRange<Int>) -> NgramIndex.Match? {
    for length in lengths.reversed() where length < tokens.count {
      let end = tokens.suffix(length)
      for next in stride(from: tokens.count - 1, through: length, by: -1)
      where tokens[next - length..<next].elementsEqual(end) {
        return NgramIndex.Match(length: length, next: next)
      }
    }
    return nil
  }

  @Test(arguments: [1...1, 1...3, 2...4, 3...3, 2...16])
  func `the match is what a search through the whole text finds`(lengths: ClosedRange<Int>) {
    var state: UInt64 = 7
    for vocabulary in [1, 2, 5, 40] {
      var index = NgramIndex(lengths: lengths)
      for _ in 0..<300 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        index.append(Int32((state >> 33) % UInt64(vocabulary)))
        #expect(index.match == slowMatch(index.tokens, lengths))
      }
    }
  }

  @Test func `the text goes on as it did after the latest match`() {
    let found = index([1, 2, 3, 4, 1, 2, 3, 5, 6, 1, 2, 3])
    #expect(found.match == NgramIndex.Match(length: 3, next: 7))
    #expect(found.continuation(4) == [5, 6, 1, 2])
  }

  @Test func `a period goes on with itself, past the end of the text`() {
    #expect(index([9, 1, 2, 1, 2]).continuation(5) == [1, 2, 1, 2, 1])
    #expect(index([4, 4]).continuation(3) == [4, 4, 4])
  }

  @Test func `a text without repetition and an empty one have no match`() {
    #expect(index([1, 2, 3, 4]).match == nil)
    #expect(index([]).continuation(3) == [])
    var emptied = index([1, 1, 1])
    emptied.removeAll()
    #expect(emptied.match == nil && emptied.tokens.isEmpty)
  }
}
