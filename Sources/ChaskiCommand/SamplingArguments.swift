// Owns: the options that say how tokens are chosen.

import ArgumentParser
import ChaskiSampling
import ChaskiTokenizers

/// The sampling options, with the names and defaults that llama.cpp's users know.
struct SamplingArguments: ParsableArguments {
  @Option(
    name: [.long, .customLong("temp")],
    parsing: .unconditional,
    help:
      "Temperature; 0 always takes the likeliest token (default: as the model's makers advise, or 0.8)."
  )
  var temperature: Double?

  @Option(
    parsing: .unconditional,
    help: "Dynamic temperature: how far it may move around --temperature; 0 is off."
  )
  var dynatempRange = 0.0

  @Option(parsing: .unconditional, help: "Dynamic temperature: the exponent of the entropy.")
  var dynatempExp = 1.0

  @Option(
    parsing: .unconditional,
    help:
      "Keep the K likeliest tokens; 0 is off (default: as the model's makers advise, or 40)."
  )
  var topK: Int?

  @Option(
    parsing: .unconditional,
    help:
      "Keep the likeliest tokens that reach probability P together; 1 is off (default: as the model's makers advise, or 0.95)."
  )
  var topP: Double?

  @Option(
    parsing: .unconditional,
    help:
      "Keep tokens at least P times as likely as the likeliest; 0 is off (default: as the model's makers advise, or 0.05)."
  )
  var minP: Double?

  @Option(
    name: [.customLong("typical"), .customLong("typical-p")],
    parsing: .unconditional,
    help: "Locally typical sampling; 1 is off."
  )
  var typicalP = 1.0

  @Option(
    parsing: .unconditional,
    help: "Keep tokens within N standard deviations of the best logit; -1 is off."
  )
  var topNSigma = -1.0

  @Option(
    parsing: .unconditional,
    help: "XTC: the chance of removing the likeliest tokens; 0 is off (default: advised, or 0)."
  )
  var xtcProbability: Double?

  @Option(
    parsing: .unconditional,
    help: "XTC: only tokens at least this likely are removed (default: advised, or 0.1)."
  )
  var xtcThreshold: Double?

  @Option(
    parsing: .unconditional,
    help:
      "How many of the last tokens the penalties look at; 0 is off, -1 is all (default: advised, or 64)."
  )
  var repeatLastN: Int?

  @Option(
    parsing: .unconditional,
    help: "Divides the logits of tokens that came before; 1 is off (default: advised, or 1)."
  )
  var repeatPenalty: Double?

  @Option(
    parsing: .unconditional,
    help: "Subtracted from the logits of tokens that came before; 0 is off."
  )
  var presencePenalty = 0.0

  @Option(parsing: .unconditional, help: "Subtracted for each time a token came before; 0 is off.")
  var frequencyPenalty = 0.0

  @Option(
    parsing: .unconditional,
    help: "DRY: how strongly repeated sequences are avoided; 0 is off."
  )
  var dryMultiplier = 0.0

  @Option(parsing: .unconditional, help: "DRY: the base of the growing penalty.")
  var dryBase = 1.75

  @Option(parsing: .unconditional, help: "DRY: sequences up to this length may repeat.")
  var dryAllowedLength = 2

  @Option(parsing: .unconditional, help: "DRY: how many of the last tokens it looks at; -1 is all.")
  var dryPenaltyLastN = -1

  @Option(
    help:
      "DRY: text over which no sequence reaches; may be given several times (default: newline, colon, quote, star)."
  )
  var drySequenceBreaker: [String] = []

  @Option(
    parsing: .unconditional,
    help: "Mirostat: 0 is off, 1 or 2 the version; replaces the truncating samplers."
  )
  var mirostat = 0

  @Option(parsing: .unconditional, help: "Mirostat: the surprise aimed at.")
  var mirostatTau = 5.0

  @Option(parsing: .unconditional, help: "Mirostat: how fast it learns.")
  var mirostatEta = 0.1

  @Option(
    help: "Adds to a token's logit, as ID=BIAS or ID+BIAS or ID-BIAS; may be given several times."
  )
  var logitBias: [String] = []

  @Option(
    name: [.customShort("s"), .long],
    parsing: .unconditional,
    help: "The seed: the same seed gives the same text (default: random)."
  )
  var seed: UInt64?

  @Option(help: "The order of the samplers, separated by semicolons.")
  var samplers: String?

  /// Refuses wrong values before any model is loaded.
  func validate() throws {
    do {
      _ = try options(tokenizer: nil)
    } catch let SamplingError.optionOutOfRange(option, value, allowed) {
      throw ValidationError("\(Self.flag(option)) \(value): it must be \(allowed).")
    } catch let error as SamplingError {
      throw ValidationError(error.description)
    }
  }

  /// The option as a user types it, from the name that the sampler has for it.
  private static func flag(_ option: String) -> String {
    switch option {
    case "dynamicTemperatureRange": return "--dynatemp-range"
    case "dynamicTemperatureExponent": return "--dynatemp-exp"
    case "typicalP": return "--typical"
    case "dryLastN": return "--dry-penalty-last-n"
    default:
      let words = option.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }
      return "--" + words.joined()
    }
  }

  /// What the user says about the options that models' makers advise on.
  private var choices: SamplingAdvice {
    var choices = SamplingAdvice(temperature: temperature, topK: topK, topP: topP)
    choices.minP = minP
    choices.xtcProbability = xtcProbability
    choices.xtcThreshold = xtcThreshold
    choices.repeatLastN = repeatLastN
    choices.repeatPenalty = repeatPenalty
    return choices
  }

  /// The options as the sampler takes them: what the user says, else `advice`, else the usual.
  func options(
    tokenizer: Tokenizer?,
    advice: SamplingAdvice = SamplingAdvice()
  ) throws -> SamplingOptions {
    var options = advice.overridden(by: choices).options
    options.dynamicTemperatureRange = dynatempRange
    options.dynamicTemperatureExponent = dynatempExp
    options.typicalP = typicalP
    options.topNSigma = topNSigma
    options.presencePenalty = presencePenalty
    options.frequencyPenalty = frequencyPenalty
    options.dryMultiplier = dryMultiplier
    options.dryBase = dryBase
    options.dryAllowedLength = dryAllowedLength
    options.dryLastN = dryPenaltyLastN
    options.dryBreakers = dryBreakers(tokenizer)
    options.mirostat = try mirostatVersion()
    options.mirostatTau = mirostatTau
    options.mirostatEta = mirostatEta
    options.logitBias = try logitBias.map(Self.bias)
    options.seed = seed
    if let samplers { options.stages = try SamplerStage.order(parsing: samplers) }
    return try options.validated()
  }

  private func mirostatVersion() throws -> MirostatVersion {
    guard let version = MirostatVersion(rawValue: mirostat) else {
      throw ValidationError("--mirostat \(mirostat): use 0, 1 or 2.")
    }
    return version
  }

  private func dryBreakers(_ tokenizer: Tokenizer?) -> [[Int32]] {
    guard dryMultiplier > 0, let tokenizer else { return [] }
    let texts = drySequenceBreaker.isEmpty ? ["\n", ":", "\"", "*"] : drySequenceBreaker
    return texts.filter { $0 != "none" }.map {
      tokenizer.encode($0, addSpecialTokens: false, parseSpecialTokens: false)
    }
  }

  private static func bias(_ text: String) throws -> LogitBias {
    let separators: [Character] = ["=", "+", "-"]
    guard let index = text.firstIndex(where: separators.contains),
      let token = Int32(text[..<index]),
      let value = Float(text[index] == "=" ? text[text.index(after: index)...] : text[index...])
    else {
      throw ValidationError("--logit-bias \(text): write ID=BIAS, such as 15043=-2.5.")
    }
    return LogitBias(token: token, bias: value)
  }
}
