// Owns: reading and writing JSON.

import ChaskiChat
import Testing

@Suite struct JSONValueTests {
  static let sample = """
    {"b": [1, -2.5, 1e3, true, false, null, ""], "a": {"z": {}, "y": []}, "s": "é\\u00e9\\ud83d\\ude00\\n\\"\\\\\\/"}
    """

  @Test func `objects keep the order of their keys`() throws {
    let value = try JSONValue(parsing: Self.sample)
    #expect(value.object?.keys == ["b", "a", "s"])
    #expect(value["b"] == [1, -2.5, 1000.0, true, false, nil, ""])
    #expect(value["a"]?.object?.keys == ["z", "y"])
    #expect(value["s"] == "éé😀\n\"\\/")
  }

  @Test func `what is written reads back equal`() throws {
    let value = try JSONValue(parsing: Self.sample)
    let text = try value.jsonText()
    #expect(try JSONValue(parsing: text) == value)
    #expect(text.hasPrefix("{\"b\":[1,-2.5,1000.0,true,false,null,\"\"],\"a\":"))
    #expect(try JSONValue.string("\u{1}\u{1F}").jsonText() == "\"\\u0001\\u001f\"")
  }

  @Test func `of equal keys the last value counts at the first place`() throws {
    let value = try JSONValue(parsing: "{\"a\":1,\"b\":2,\"a\":3}")
    #expect(value == ["a": 3, "b": 2])
    #expect(value.object?.keys == ["a", "b"])
  }

  @Test func `every truncation of a valid text throws`() {
    let bytes = Array(Self.sample.utf8)
    for count in 0..<bytes.count {
      let text = String(decoding: bytes[..<count], as: UTF8.self)
      #expect(throws: ChatError.self, "\(count)") { try JSONValue(parsing: text) }
    }
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "+1", "1.", ".5", "1e", "--1", "nul", "NaN",
    "Infinity", "1 2", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
    "\"\\udc00\"", "\"\n\"", "[1 2]", "{\"a\" 1}", "1e999", "'a'", "// c\n1",
  ])
  func `malformed text throws`(text: String) throws {
    let error = try #require(throws: ChatError.self) { try JSONValue(parsing: text) }
    guard case .json(_, let offset) = error else {
      Issue.record("\(error)")
      return
    }
    #expect((0...text.utf8.count).contains(offset))
  }

  @Test func `depth is bounded when read and written`() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: ChatError.jsonDepth(limit: 90)) { try JSONValue(parsing: deep) }
    let allowed = String(repeating: "[", count: 90) + String(repeating: "]", count: 90)
    let value = try JSONValue(parsing: allowed)
    #expect(try value.jsonText() == allowed)
    #expect(throws: ChatError.jsonDepth(limit: 90)) { try JSONValue.array([value]).jsonText() }
  }

  @Test func `numbers beyond 64 bits become doubles`() throws {
    #expect(try JSONValue(parsing: "9223372036854775807") == .int(.max))
    #expect(try JSONValue(parsing: "9223372036854775808") == .double(9_223_372_036_854_775_808))
    #expect(throws: ChatError.self) { try JSONValue.double(.infinity).jsonText() }
  }

  @Test func `a key set to nil is removed`() {
    var object = JSONObject()
    object["a"] = 1
    object["b"] = 2
    object["a"] = nil
    object["c"] = 3
    #expect(object.keys == ["b", "c"])
    #expect(object.count == 2)
  }
}
