import ChaskiGeneration
import Testing

/// Stop texts in pieces of every size.
struct StopMatcherTests {
  private func pass(_ text: String, in size: Int, stops: [String]) -> (text: String, stopped: Bool)
  {
    var matcher = StopMatcher(stops)
    var result = ""
    var rest = Substring(text)
    while !rest.isEmpty {
      result += matcher.append(String(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    result += matcher.finish()
    return (result, matcher.isStopped)
  }

  @Test(arguments: 1...12)
  func `text ends before the stop text, however it is cut`(size: Int) {
    let found = pass("Hello wörld. User: more", in: size, stops: ["User:", "###"])
    #expect(found.text == "Hello wörld. ")
    #expect(found.stopped)
  }

  @Test(arguments: 1...12)
  func `text without a stop text passes whole`(size: Int) {
    let text = "ab ab abc Use User User; \u{1F600}"
    let found = pass(text, in: size, stops: ["User:", "abd", "\u{1F600}\u{1F600}"])
    #expect(found.text == text)
    #expect(!found.stopped)
  }

  @Test func `only what could begin a stop text is held back`() {
    var matcher = StopMatcher(["END"])
    #expect(matcher.append("the E") == "the ")
    #expect(matcher.append("N") == "")
    #expect(matcher.append("T") == "ENT")
  }

  @Test func `the first of several stop texts wins`() {
    #expect(pass("a b c", in: 5, stops: ["c", "b"]).text == "a ")
  }

  @Test func `empty stop texts stop nothing`() {
    #expect(pass("abc", in: 1, stops: [""]).text == "abc")
  }
}
