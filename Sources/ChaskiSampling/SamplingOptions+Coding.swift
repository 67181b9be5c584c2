// Owns: the coded form of sampling options, where a missing key means the default.

extension SamplingOptions {
  /// Reads the keys that are there; the others keep their defaults, so old files stay readable.
  ///
  /// The values are not checked; call `validated()`.
  package init(from decoder: any Decoder) throws {
    self.init()
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) throws {
      if let found = try keys.decodeIfPresent(Value.self, forKey: key) { value = found }
    }
    try read(&temperature, .temperature)
    try read(&dynamicTemperatureRange, .dynamicTemperatureRange)
    try read(&dynamicTemperatureExponent, .dynamicTemperatureExponent)
    try read(&topK, .topK)
    try read(&topP, .topP)
    try read(&minP, .minP)
    try read(&typicalP, .typicalP)
    try read(&topNSigma, .topNSigma)
    try read(&xtcProbability, .xtcProbability)
    try read(&xtcThreshold, .xtcThreshold)
    try read(&repeatLastN, .repeatLastN)
    try read(&repeatPenalty, .repeatPenalty)
    try read(&presencePenalty, .presencePenalty)
    try read(&frequencyPenalty, .frequencyPenalty)
    try read(&dryMultiplier, .dryMultiplier)
    try read(&dryBase, .dryBase)
    try read(&dryAllowedLength, .dryAllowedLength)
    try read(&dryLastN, .dryLastN)
    try read(&dryBreakers, .dryBreakers)
    try read(&mirostat, .mirostat)
    try read(&mirostatTau, .mirostatTau)
    try read(&mirostatEta, .mirostatEta)
    try read(&logitBias, .logitBias)
    seed = try keys.decodeIfPresent(UInt64.self, forKey: .seed)
    try read(&stages, .stages)
  }
}
