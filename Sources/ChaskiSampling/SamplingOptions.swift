// Owns: everything a user may set about how a token is chosen, with the usual defaults.
// Not here: the checks (SamplingOptions+Validation) and the coded form (SamplingOptions+Coding).

/// How tokens are chosen from logits.
///
/// The defaults and the order are those of llama.cpp's command line, so that people who bring
/// their settings get the behaviour they know.
package struct SamplingOptions: Sendable, Equatable, Codable {
  /// Divides the logits; 0 chooses the largest logit, always.
  package var temperature = 0.8
  /// How far entropy moves the temperature up or down; 0 keeps it fixed.
  package var dynamicTemperatureRange = 0.0
  /// The power applied to the normalised entropy of a dynamic temperature.
  package var dynamicTemperatureExponent = 1.0
  /// How many of the most probable tokens stay; 0 keeps all.
  package var topK = 40
  /// The probability that the most probable tokens kept must reach together; 1 keeps all.
  package var topP = 0.95
  /// The least probability kept, as a share of the largest; 0 keeps all.
  package var minP = 0.05
  /// The probability that the most typical tokens kept must reach together; 1 keeps all.
  package var typicalP = 1.0
  /// How many standard deviations below the largest logit stay; 0 or less keeps all.
  package var topNSigma = -1.0
  /// How often XTC acts, as a probability.
  package var xtcProbability = 0.0
  /// The probability from which a token counts as a good choice for XTC; over 0.5 it never acts.
  package var xtcThreshold = 0.1

  /// How many of the last tokens the penalties look at; 0 looks at none, -1 at all.
  package var repeatLastN = 64
  /// Divides positive and multiplies negative logits of seen tokens; 1 does nothing.
  package var repeatPenalty = 1.0
  /// Subtracted once from the logit of each seen token.
  package var presencePenalty = 0.0
  /// Subtracted from the logit of a seen token, once for each time it was seen.
  package var frequencyPenalty = 0.0

  /// The DRY penalty for a repetition of the allowed length; 0 turns DRY off.
  package var dryMultiplier = 0.0
  /// What each further repeated token multiplies the DRY penalty by.
  package var dryBase = 1.75
  /// The longest repeated sequence that DRY leaves alone is one token shorter than this.
  package var dryAllowedLength = 2
  /// How many of the last tokens DRY looks at; 0 looks at none, -1 at all.
  package var dryLastN = -1
  /// Token sequences across which DRY sees no repetition, such as a line end.
  package var dryBreakers: [[Int32]] = []

  /// Whether Mirostat replaces the truncation stages.
  package var mirostat = MirostatVersion.off
  /// The surprise in bits that Mirostat steers each token towards, on average.
  package var mirostatTau = 5.0
  /// How fast Mirostat corrects itself.
  package var mirostatEta = 0.1

  /// What is added to the logits of single tokens, before every stage.
  package var logitBias: [LogitBias] = []
  /// The number that fixes every draw; nil takes a different one each time.
  package var seed: UInt64?
  /// The stages that run, in their order.
  package var stages = SamplerStage.usualOrder

  /// The usual options.
  package init() {}

  /// Always the largest logit, the lowest id where several are equal.
  package static let greedy: SamplingOptions = {
    var options = SamplingOptions()
    options.temperature = 0
    return options
  }()

  /// Whether the largest logit wins, so that nothing is drawn.
  package var isGreedy: Bool { temperature == 0 && dynamicTemperatureRange == 0 }

  enum CodingKeys: String, CodingKey {
    case temperature, dynamicTemperatureRange, dynamicTemperatureExponent, topK, topP, minP
    case typicalP, topNSigma, xtcProbability, xtcThreshold, repeatLastN, repeatPenalty
    case presencePenalty, frequencyPenalty, dryMultiplier, dryBase, dryAllowedLength, dryLastN
    case dryBreakers, mirostat, mirostatTau, mirostatEta, logitBias, seed, stages
  }
}
