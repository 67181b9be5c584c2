// Owns: writing sampling options as arguments again, for `/set`.

extension SamplingArguments {
  /// The command-line arguments that say the same: one `--option=value` each.
  var arguments: [String] {
    var list: [String] = []
    if let temperature { list += ["--temperature=\(temperature)"] }
    if dynatempRange != 0.0 { list += ["--dynatemp-range=\(dynatempRange)"] }
    if dynatempExp != 1.0 { list += ["--dynatemp-exp=\(dynatempExp)"] }
    if let topK { list += ["--top-k=\(topK)"] }
    if let topP { list += ["--top-p=\(topP)"] }
    if let minP { list += ["--min-p=\(minP)"] }
    if typicalP != 1.0 { list += ["--typical=\(typicalP)"] }
    if topNSigma != -1.0 { list += ["--top-n-sigma=\(topNSigma)"] }
    if let xtcProbability { list += ["--xtc-probability=\(xtcProbability)"] }
    if let xtcThreshold { list += ["--xtc-threshold=\(xtcThreshold)"] }
    if let repeatLastN { list += ["--repeat-last-n=\(repeatLastN)"] }
    if let repeatPenalty { list += ["--repeat-penalty=\(repeatPenalty)"] }
    if presencePenalty != 0.0 { list += ["--presence-penalty=\(presencePenalty)"] }
    if frequencyPenalty != 0.0 { list += ["--frequency-penalty=\(frequencyPenalty)"] }
    if dryMultiplier != 0.0 { list += ["--dry-multiplier=\(dryMultiplier)"] }
    if dryBase != 1.75 { list += ["--dry-base=\(dryBase)"] }
    if dryAllowedLength != 2 { list += ["--dry-allowed-length=\(dryAllowedLength)"] }
    if dryPenaltyLastN != -1 { list += ["--dry-penalty-last-n=\(dryPenaltyLastN)"] }
    for value in drySequenceBreaker { list += ["--dry-sequence-breaker=\(value)"] }
    if mirostat != 0 { list += ["--mirostat=\(mirostat)"] }
    if mirostatTau != 5.0 { list += ["--mirostat-tau=\(mirostatTau)"] }
    if mirostatEta != 0.1 { list += ["--mirostat-eta=\(mirostatEta)"] }
    for value in logitBias { list += ["--logit-bias=\(value)"] }
    if let seed { list += ["--seed=\(seed)"] }
    if let samplers { list += ["--samplers=\(samplers)"] }
    return list
  }
}
