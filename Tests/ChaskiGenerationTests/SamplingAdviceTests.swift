import ChaskiCheckpoints
import ChaskiFiles
import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import Foundation
import Testing

/// What a file says about choosing its tokens.
struct SamplingAdviceTests {
  private static func advice(_ values: [(String, GGUFValue)]) throws -> SamplingAdvice {
    var writer = GGUFWriter()
    writer.add("general.architecture", .text("llama"))
    for (key, value) in values { writer.add("general.sampling." + key, value) }
    let path = FileManager.default.temporaryDirectory
      .appending(path: "chaski-advice-\(UUID().uuidString).gguf").path
    try writer.write(to: path) { _ in [] }
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try SamplingAdvice.of(GGUFCheckpoint(path: path))
  }

  @Test func `a file's keys are read, numbers as they were written`() throws {
    let advice = try Self.advice([
      ("temp", .float32(0.2)), ("top_k", .int32(20)), ("top_p", .float32(0.9)),
      ("min_p", .float32(0.01)), ("xtc_probability", .float32(0.5)),
      ("xtc_threshold", .float32(0.3)), ("penalty_last_n", .int32(128)),
      ("penalty_repeat", .float32(1.05)),
    ])
    var expected = SamplingAdvice(temperature: 0.2, topK: 20, topP: 0.9, repeatPenalty: 1.05)
    expected.minP = 0.01
    expected.xtcProbability = 0.5
    expected.xtcThreshold = 0.3
    expected.repeatLastN = 128
    #expect(advice == expected)
    #expect(
      advice.text == "temperature 0.2, top-k 20, top-p 0.9, min-p 0.01, xtc-probability 0.5, "
        + "xtc-threshold 0.3, repeat-last-n 128, repeat-penalty 1.05"
    )
    var options = SamplingOptions()
    options.temperature = 0.2
    options.topK = 20
    options.topP = 0.9
    options.minP = 0.01
    options.xtcProbability = 0.5
    options.xtcThreshold = 0.3
    options.repeatLastN = 128
    options.repeatPenalty = 1.05
    #expect(advice.options == options)
  }

  @Test func `a file that says nothing leaves the usual options`() throws {
    let advice = try Self.advice([])
    #expect(advice.isEmpty)
    #expect(advice.options == SamplingOptions())
  }

  @Test func `a top-k of -1 keeps all tokens`() throws {
    #expect(try Self.advice([("top_k", .int32(-1))]).options.topK == 0)
  }

  @Test(arguments: [
    ("temp", GGUFValue.float32(-1)), ("temp", .float32(.nan)), ("top_p", .float32(1.5)),
    ("penalty_repeat", .float32(0)),
  ])
  func `a value that makes no sense is an error that names it`(key: String, value: GGUFValue) {
    #expect {
      try Self.advice([(key, value)])
    } throws: { error in
      if case ModelError.invalidHyperparameter("general.sampling." + key, _, _, _) = error {
        return true
      }
      return false
    }
  }

  @Test func `a value of another type is an error that names the key`() {
    #expect {
      try Self.advice([("temp", .text("hot"))])
    } throws: { error in
      if case FileError.wrongType(_, "key general.sampling.temp", _, _) = error { return true }
      return false
    }
  }

  @Test func `who asks for something gets it, and the likeliest token without penalties`() {
    let advice = SamplingAdvice(temperature: 0.2, topP: 0.9, repeatPenalty: 1.1)
    #expect(advice.overridden(by: SamplingAdvice()) == advice)
    #expect(
      advice.overridden(by: SamplingAdvice(temperature: 0.7, topK: 5))
        == SamplingAdvice(temperature: 0.7, topK: 5, topP: 0.9, repeatPenalty: 1.1)
    )
    #expect(
      advice.overridden(by: SamplingAdvice(temperature: 0)).options.repeatPenalty == 1
    )
    #expect(
      advice.overridden(by: SamplingAdvice(temperature: 0, repeatPenalty: 1.2)).options
        .repeatPenalty == 1.2
    )
  }
}
