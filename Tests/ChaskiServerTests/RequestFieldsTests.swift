import ChaskiChat
import ChaskiSampling
import ChaskiServer
import Testing

/// Reading requests from strangers.
struct RequestFieldsTests {
  private func fields(_ text: String, depth: Int = 64) throws -> RequestFields {
    try RequestFields(body: Array(text.utf8), depthLimit: depth)
  }

  @Test(arguments: [
    "", "{", "nul", "{\"a\":}", "{\"a\":1e999}", "{\"a\":1}x", "[1,]", "{\"a\":\"\\ud800\"}",
  ])
  func `what is no JSON is refused as such`(text: String) {
    #expect {
      try fields(text)
    } throws: { error in
      if case ServerError.malformedJSON = error { true } else { false }
    }
  }

  @Test func `bytes that are no UTF-8 are refused`() {
    #expect(throws: ServerError.notUTF8) {
      try RequestFields(body: [0x7B, 0x22, 0xFF, 0x22, 0x7D], depthLimit: 64)
    }
  }

  @Test(arguments: ["[]", "1", "null", "\"text\""])
  func `JSON that is no object is refused`(text: String) {
    #expect(throws: ServerError.notAnObject) { try fields(text) }
  }

  @Test(arguments: [100, 10_000, 1_000_000])
  func `deep nesting is refused and not followed`(depth: Int) {
    let text = "{\"a\":" + String(repeating: "[", count: depth)
    #expect(throws: ServerError.self) { try fields(text) }
  }

  @Test func `nesting up to the limit is read`() throws {
    let text =
      "{\"a\":" + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}"
    #expect(try fields(text)["a"] != nil)
  }

  @Test func `null counts as absent`() throws {
    let read = try fields("{\"a\": null}")
    #expect(try read.string("a") == nil)
    #expect(try read.int("a", in: 1...2) == nil)
    #expect(throws: ServerError.missing(field: "a")) { try read.required("a") }
  }

  @Test(arguments: ["1e30", "-1", "1.5", "9223372036854775808", "\"1\"", "true", "[]"])
  func `whole numbers outside their range name the field`(value: String) throws {
    let read = try fields("{\"n\": \(value)}")
    #expect(throws: ServerError.field("n", expected: "a whole number, from 0 to 10")) {
      try read.int("n", in: 0...10)
    }
  }

  @Test func `errors name the path to the field`() throws {
    let inner = try #require(
      try fields("{\"stream_options\": {\"include_usage\": 1}}")
        .fields("stream_options")
    )
    #expect(throws: ServerError.field("stream_options.include_usage", expected: "true or false")) {
      try inner.bool("include_usage")
    }
  }

  @Test func `lists of texts are bounded`() throws {
    let read = try fields("{\"stop\": [\"a\", \"b\", \"c\"]}")
    #expect(try read.strings("stop", atMost: 3) == ["a", "b", "c"])
    #expect(throws: ServerError.self) { try read.strings("stop", atMost: 2) }
  }
}

/// Sampling options by the names that clients use.
struct SamplingFieldsTests {
  private func options(
    _ text: String,
    advice: SamplingAdvice = SamplingAdvice()
  ) throws -> SamplingOptions {
    try RequestFields(body: Array(text.utf8), depthLimit: 64)
      .sampling(for: TinyModel.served(by: ScriptedEngine(saying: "a"), sampling: advice.options))
  }

  @Test func `what a request does not say is as the model's makers advise`() throws {
    let advice = SamplingAdvice(temperature: 0.2, topP: 0.9, repeatPenalty: 1.1)
    #expect(try options("{}", advice: advice) == advice.options)
    var expected = advice.options
    expected.temperature = 0.7
    #expect(try options("{\"temperature\": 0.7}", advice: advice) == expected)
    expected.temperature = 0
    expected.repeatPenalty = 1
    #expect(try options("{\"temperature\": 0}", advice: advice) == expected)
    expected.repeatPenalty = 1.3
    #expect(
      try options("{\"temperature\": 0, \"repeat_penalty\": 1.3}", advice: advice) == expected
    )
  }

  @Test func `options that are not named keep their defaults`() throws {
    #expect(try options("{}") == SamplingOptions())
  }

  @Test func `every option is read`() throws {
    let read = try options(
      """
      {"temperature": 0.5, "dynatemp_range": 0.1, "dynatemp_exponent": 2, "top_k": 7, "top_p": 0.9,
       "min_p": 0.01, "typical_p": 0.8, "top_n_sigma": 1.5, "xtc_probability": 0.2, "xtc_threshold": 0.3,
       "repeat_last_n": 32, "repeat_penalty": 1.2, "presence_penalty": 0.4, "frequency_penalty": 0.6,
       "dry_multiplier": 0.7, "dry_base": 1.5, "dry_allowed_length": 3, "dry_penalty_last_n": 9,
       "dry_sequence_breakers": ["."], "mirostat": 2, "mirostat_tau": 4, "mirostat_eta": 0.2, "seed": 42,
       "samplers": ["top_k", "temperature"], "logit_bias": {"65": -100, "66": 2}}
      """
    )
    var expected = SamplingOptions()
    expected.temperature = 0.5
    expected.dynamicTemperatureRange = 0.1
    expected.dynamicTemperatureExponent = 2
    expected.topK = 7
    expected.topP = 0.9
    expected.minP = 0.01
    expected.typicalP = 0.8
    expected.topNSigma = 1.5
    expected.xtcProbability = 0.2
    expected.xtcThreshold = 0.3
    expected.repeatLastN = 32
    expected.repeatPenalty = 1.2
    expected.presencePenalty = 0.4
    expected.frequencyPenalty = 0.6
    expected.dryMultiplier = 0.7
    expected.dryBase = 1.5
    expected.dryAllowedLength = 3
    expected.dryLastN = 9
    expected.dryBreakers = [[46]]
    expected.mirostat = .two
    expected.mirostatTau = 4
    expected.mirostatEta = 0.2
    expected.seed = 42
    expected.stages = [.topK, .temperature]
    expected.logitBias = [
      LogitBias(token: 65, bias: -.infinity), LogitBias(token: 66, bias: 2),
    ]
    #expect(read == expected)
  }

  @Test(arguments: [
    ("{\"temperature\": -1}", "temperature"), ("{\"top_p\": 2}", "top_p"),
    ("{\"top_k\": -2}", "top_k"), ("{\"dynatemp_range\": 1e9}", "dynatemp_range"),
    ("{\"dry_penalty_last_n\": -5}", "dry_penalty_last_n"), ("{\"mirostat\": 3}", "mirostat"),
    ("{\"logit_bias\": {\"9999\": 1}}", "logit_bias"),
    ("{\"logit_bias\": {\"a\": 1}}", "logit_bias"),
    ("{\"logit_bias\": {\"1\": 1e9}}", "logit_bias"),
    ("{\"logit_bias\": [[1]]}", "logit_bias"), ("{\"samplers\": \"best\"}", "samplers"),
    ("{\"samplers\": [\"top_k\", \"top_k\"]}", "samplers"),
    ("{\"temperature\": \"hot\"}", "temperature"),
    ("{\"seed\": 1.5}", "seed"),
  ])
  func `values outside their range name the client's field`(text: String, field: String) {
    #expect {
      try options(text)
    } throws: { error in
      (error as? ServerError)?.parameter == field
    }
  }

  @Test func `negative seeds are seeds too`() throws {
    #expect(try options("{\"seed\": -1}").seed == UInt64.max)
  }
}

/// Hosts of requests.
struct HostNameTests {
  @Test(arguments: [
    "localhost", "localhost:8080", "127.0.0.1", "127.1.2.3:80", "::1", "[::1]:8080", "LOCALHOST",
    "app.localhost",
  ])
  func `names of this machine are recognised`(text: String) {
    #expect(HostName(text).isLoopback)
  }

  @Test(arguments: [
    "example.org", "127.0.0.1.example.org", "0.0.0.0", "10.0.0.1", "localhost.example.org", "",
    "127.0.0", "127.0.0.256", "[::2]:80",
  ])
  func `names of elsewhere are not`(text: String) {
    #expect(!HostName(text).isLoopback)
  }
}
