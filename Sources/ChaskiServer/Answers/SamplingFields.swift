// Owns: reading the sampling options of a request, by the names that OpenAI's and llama.cpp's clients use.

import ChaskiChat
package import ChaskiSampling
import ChaskiTokenizers

extension RequestFields {
  /// The sampling options that these fields name; what they leave out is as for every request of `model`.
  ///
  /// - Throws: `ServerError.field`.
  package func sampling(
    for model: ServedModel
  ) throws(ServerError) -> SamplingOptions {
    let tokenizer = model.tokenizer
    var options = model.sampling
    // Whoever asks for the likeliest token gets it: what is advised for other temperatures does not count.
    if try double("temperature") == 0 { options.repeatPenalty = SamplingOptions().repeatPenalty }
    try readNumbers(&options)
    try readCounts(&options)
    if let value = try int("mirostat", in: 0...2), let version = MirostatVersion(rawValue: value) {
      options.mirostat = version
    }
    if let seed = try int("seed", in: .min ... .max) {
      options.seed = UInt64(bitPattern: Int64(seed))
    }
    let texts = try strings("dry_sequence_breakers", atMost: SamplingOptions.breakerLimit)
    if options.dryMultiplier > 0 {
      options.dryBreakers = (texts ?? ["\n", ":", "\"", "*"]).map {
        tokenizer.encode($0, addSpecialTokens: false, parseSpecialTokens: false)
      }
    }
    options.logitBias += try biases(vocabularyCount: tokenizer.vocabularyCount)
    if let stages = try stages() { options.stages = stages }
    do throws(SamplingError) {
      return try options.validated()
    } catch {
      throw ServerError(error)
    }
  }

  private func readNumbers(_ options: inout SamplingOptions) throws(ServerError) {
    func read(_ value: inout Double, _ keys: String...) throws(ServerError) {
      for key in keys { if let number = try double(key) { value = number } }
    }
    try read(&options.temperature, "temperature")
    try read(&options.dynamicTemperatureRange, "dynatemp_range")
    try read(&options.dynamicTemperatureExponent, "dynatemp_exponent")
    try read(&options.topP, "top_p")
    try read(&options.minP, "min_p")
    try read(&options.typicalP, "typical_p")
    try read(&options.topNSigma, "top_n_sigma")
    try read(&options.xtcProbability, "xtc_probability")
    try read(&options.xtcThreshold, "xtc_threshold")
    try read(&options.repeatPenalty, "repeat_penalty", "repetition_penalty")
    try read(&options.presencePenalty, "presence_penalty")
    try read(&options.frequencyPenalty, "frequency_penalty")
    try read(&options.dryMultiplier, "dry_multiplier")
    try read(&options.dryBase, "dry_base")
    try read(&options.mirostatTau, "mirostat_tau")
    try read(&options.mirostatEta, "mirostat_eta")
  }

  private func readCounts(_ options: inout SamplingOptions) throws(ServerError) {
    let most = Int(Int32.max)
    // Some clients write -1 where all tokens stay.
    if let value = try int("top_k", in: -1...most) { options.topK = max(value, 0) }
    if let value = try int("repeat_last_n", in: -1...most) { options.repeatLastN = value }
    if let value = try int("dry_allowed_length", in: 1...most) { options.dryAllowedLength = value }
    if let value = try int("dry_penalty_last_n", in: -1...most) { options.dryLastN = value }
  }

  /// `logit_bias`: OpenAI's object of ids and numbers, or llama.cpp's list of pairs.
  private func biases(vocabularyCount: Int) throws(ServerError) -> [LogitBias] {
    let expected = "an object of token ids and biases from -1000 to 1000"
    var pairs: [(JSONValue, JSONValue)] = []
    switch self["logit_bias"] {
    case nil: return []
    case .object(let object)?:
      for entry in object.entries { pairs.append((.int(Int(entry.key) ?? -1), entry.value)) }
    case .array(let elements)?:
      for element in elements {
        guard let pair = element.array, pair.count == 2 else {
          throw .field(name("logit_bias"), expected: expected)
        }
        pairs.append((pair[0], pair[1]))
      }
    default: throw .field(name("logit_bias"), expected: expected)
    }
    var biases: [LogitBias] = []
    for (key, value) in pairs {
      guard let id = Self.int(key), (0..<vocabularyCount).contains(id),
        let token = Int32(exactly: id)
      else {
        throw .field(name("logit_bias"), expected: "of token ids from 0 to \(vocabularyCount - 1)")
      }
      // `false` forbids a token, as in llama.cpp; so does OpenAI's -100.
      let bias = value == .bool(false) ? -.infinity : Self.double(value).map { Float($0) }
      guard let bias, bias == -.infinity || abs(bias) <= 1000 else {
        throw .field(name("logit_bias"), expected: expected)
      }
      biases.append(LogitBias(token: token, bias: bias <= -100 ? -.infinity : bias))
    }
    return biases
  }

  private func stages() throws(ServerError) -> [SamplerStage]? {
    guard let names = try strings("samplers", atMost: 64) else { return nil }
    do throws(SamplingError) {
      return try SamplerStage.order(parsing: names.joined(separator: ";"))
    } catch {
      throw .field(name("samplers"), expected: "names of stages: \(error.description)")
    }
  }
}

extension ServerError {
  /// What a client is told when sampling refuses.
  package init(_ error: SamplingError) {
    switch error {
    case .optionOutOfRange(let option, _, let allowed):
      self = .field(Self.field(ofOption: option), expected: allowed)
    case .unknownStage, .duplicateStage: self = .field("samplers", expected: error.description)
    case .tokenOutsideVocabulary(let option, _, let count):
      self = .field(Self.field(ofOption: option), expected: "token ids from 0 to \(count - 1)")
    case .everyTokenForbidden: self = .field("logit_bias", expected: "such that a token is left")
    case .unusableLogit: self = .failed(error.description)
    }
  }

  /// The field of a request that sets the sampler's `option`.
  private static func field(ofOption option: String) -> String {
    switch option {
    case "dynamicTemperatureRange": return "dynatemp_range"
    case "dynamicTemperatureExponent": return "dynatemp_exponent"
    case "dryLastN": return "dry_penalty_last_n"
    default:
      let stem = option.prefix { $0 != "." && $0 != "[" }
      if stem == "dryBreakers" { return "dry_sequence_breakers" }
      return stem.map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }.joined()
    }
  }
}
