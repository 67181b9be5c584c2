// Owns: reading the header that says which bytes an answer holds.

import ChaskiHub
import Testing

@Suite struct ContentRangeTests {
  @Test(arguments: [
    ("bytes 0-0/1", 0, 0, 1), ("bytes 100-199/200", 100, 199, 200),
    ("bytes 5-6/*", 5, 6, nil),
  ])
  func `a range is read`(_ text: String, _ start: Int64, _ end: Int64, _ total: Int64?) throws {
    let range = try ContentRange(text, host: "h")
    #expect(range.start == start)
    #expect(range.end == end)
    #expect(range.total == total)
  }

  @Test(arguments: [
    nil, "", "bytes", "bytes 1-0/5", "bytes 0-5/5", "bytes */5", "items 0-1/2", "bytes -1-2/3",
    "bytes 0-99999999999999999999/*", "bytes 0-1/2 ",
  ])
  func `what is no range is refused`(_ text: String?) {
    #expect {
      try ContentRange(text, host: "h")
    } throws: {
      guard case .malformedReply(host: "h", _) = $0 as? HubError else { return false }
      return true
    }
  }
}
