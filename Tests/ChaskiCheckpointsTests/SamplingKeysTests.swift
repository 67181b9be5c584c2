import ChaskiCheckpoints
import ChaskiFiles
import Testing

/// `generation_config.json` as the keys that a GGUF file has for it.
struct SamplingKeysTests {
  private static func sample(_ generation: String) -> SampleFolder {
    var sample = SampleFolder()
    sample.texts["generation_config.json"] = generation
    return sample
  }

  @Test func `a folder's sampling is a GGUF file's`() throws {
    let text = """
      {"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 20, "min_p": 0.05,
       "repetition_penalty": 1.05, "eos_token_id": [1, 2], "max_length": null}
      """
    try Self.sample(text).write { path in
      let folder = try openCheckpoint(path)
      #expect(try folder.float("general.sampling.temp") == 0.6)
      #expect(try folder.float("general.sampling.top_p") == 0.9)
      #expect(try folder.int("general.sampling.top_k") == 20)
      #expect(try folder.float("general.sampling.min_p") == 0.05)
      #expect(try folder.float("general.sampling.penalty_repeat") == 1.05)
      #expect(folder.keys.filter { $0.hasPrefix("general.sampling.") }.count == 5)
    }
  }

  @Test func `what is null or absent is advised by nobody`() throws {
    for text in ["{}", "{\"temperature\": null}"] {
      try Self.sample(text).write { path in
        let keys = try openCheckpoint(path).keys
        #expect(!keys.contains { $0.hasPrefix("general.sampling.") })
      }
    }
  }

  @Test(arguments: ["{\"temperature\": \"hot\"}", "{\"top_k\": 1.5}", "{\"top_k\": -2}"])
  func `what makes no sense is named`(text: String) throws {
    try Self.sample(text).write { path in
      let error = try #require(throws: CheckpointError.self) { try openCheckpoint(path) }
      guard case .invalidKey(path + "/generation_config.json", let key, _, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(text.contains("\"\(key)\""))
    }
  }
}
