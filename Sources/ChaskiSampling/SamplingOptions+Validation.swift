// Owns: the allowed range of every sampling option.

extension SamplingOptions {
  /// The longest list of breakers, and the longest breaker, that DRY accepts.
  ///
  /// Breakers are compared at each accepted token; the limits bound that cost.
  package static let breakerLimit = 1024

  /// These options, when every one lies in its range.
  ///
  /// Throws `optionOutOfRange` naming the first that does not, its value and the range, or
  /// `duplicateStage`. NaN lies in no range.
  package func validated() throws(SamplingError) -> SamplingOptions {
    try check(temperature, in: 0...100, "temperature")
    try check(dynamicTemperatureRange, in: 0...100, "dynamicTemperatureRange")
    try check(dynamicTemperatureExponent, in: 0.01...100, "dynamicTemperatureExponent")
    try check(topK, in: 0...Int(Int32.max), "topK")
    try check(topP, in: 0...1, "topP")
    try check(minP, in: 0...1, "minP")
    try check(typicalP, in: 0...1, "typicalP")
    try check(topNSigma, in: -1...1000, "topNSigma")
    try check(xtcProbability, in: 0...1, "xtcProbability")
    try check(xtcThreshold, in: 0...1, "xtcThreshold")
    try check(mirostatTau, in: 0...100, "mirostatTau")
    try check(mirostatEta, in: 0...1, "mirostatEta")
    try validatePenalties()
    try validateStages()
    return self
  }

  private func validatePenalties() throws(SamplingError) {
    try check(repeatLastN, in: -1...Int(Int32.max), "repeatLastN")
    try check(repeatPenalty, in: 0.01...100, "repeatPenalty")
    try check(presencePenalty, in: -100...100, "presencePenalty")
    try check(frequencyPenalty, in: -100...100, "frequencyPenalty")
    try check(dryMultiplier, in: 0...100, "dryMultiplier")
    try check(dryBase, in: 1...100, "dryBase")
    try check(dryAllowedLength, in: 1...Int(Int32.max), "dryAllowedLength")
    try check(dryLastN, in: -1...Int(Int32.max), "dryLastN")
    try check(dryBreakers.count, in: 0...Self.breakerLimit, "dryBreakers.count")
    for breaker in dryBreakers {
      try check(breaker.count, in: 1...Self.breakerLimit, "dryBreakers[].count")
      for token in breaker { try check(Int(token), in: 0...Int(Int32.max), "dryBreakers[][]") }
    }
    for entry in logitBias {
      try check(Int(entry.token), in: 0...Int(Int32.max), "logitBias[].token")
      guard entry.bias == -.infinity || (-1000...1000).contains(entry.bias) else {
        throw .optionOutOfRange(
          option: "logitBias[].bias",
          value: "\(entry.bias)",
          allowed: "from -1000 to 1000, or minus infinity to forbid the token"
        )
      }
    }
  }

  private func validateStages() throws(SamplingError) {
    for (index, stage) in stages.enumerated() where stages[..<index].contains(stage) {
      throw .duplicateStage(name: stage.rawValue)
    }
  }

  private func check<Value: Comparable>(
    _ value: Value,
    in range: ClosedRange<Value>,
    _ option: String
  ) throws(SamplingError) {
    guard range.contains(value) else {
      throw .optionOutOfRange(
        option: option,
        value: "\(value)",
        allowed: "from \(range.lowerBound) to \(range.upperBound)"
      )
    }
  }
}
