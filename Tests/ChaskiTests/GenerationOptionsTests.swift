import Chaski
import ChaskiSampling
import Testing

/// What a program asks for, beside what a model's makers advise.
struct GenerationOptionsTests {
  private static let advice = SamplingAdvice(temperature: 0, repeatPenalty: 1.1)

  @Test func `who asks for nothing gets what is advised`() throws {
    #expect(try GenerationOptions().samplingOptions(Self.advice) == Self.advice.options)
    #expect(try GenerationOptions().samplingOptions(SamplingAdvice()) == SamplingOptions())
  }

  @Test(arguments: [
    GenerationOptions(sampling: .greedy), GenerationOptions(sampling: .greedy, temperature: 1),
    GenerationOptions(temperature: 0),
  ])
  func `the likeliest token is asked for without advised penalties`(
    asked: GenerationOptions
  ) throws {
    #expect(try asked.samplingOptions(Self.advice) == .greedy)
  }

  @Test(arguments: [
    GenerationOptions.SamplingMode.random(top: 10, seed: 1),
    .random(probabilityThreshold: 0.9, seed: 1),
  ])
  func `a draw that is asked for is drawn`(mode: GenerationOptions.SamplingMode) throws {
    let options = try GenerationOptions(sampling: mode).samplingOptions(Self.advice)
    #expect(options.temperature == SamplingOptions().temperature)
    #expect(options.seed == 1)
    let warm = SamplingAdvice(temperature: 0.6)
    #expect(try GenerationOptions(sampling: mode).samplingOptions(warm).temperature == 0.6)
  }
}
