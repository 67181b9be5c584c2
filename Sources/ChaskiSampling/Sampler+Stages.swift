// Owns: the order of the stages, and the stages that change logits.

/// A logit that was changed for one choice, and its value before.
struct LogitEdit: Sendable {
  let index: Int
  let before: Float
}

extension Sampler {
  /// Applies what comes before all truncation: biases, and for a greedy choice the penalties.
  mutating func prepare(_ logits: inout MutableSpan<Float>) throws(SamplingError) {
    truncation.begin()
    for entry in options.logitBias {
      guard entry.token < logits.count else {
        throw .tokenOutsideVocabulary(
          option: "logitBias",
          token: Int(entry.token),
          vocabularyCount: logits.count
        )
      }
      edit(&logits, Int(entry.token), to: logits[Int(entry.token)] + entry.bias)
    }
    guard options.isGreedy else { return }
    for stage in options.stages where stage == .penalties || stage == .dry {
      penalise(stage, &logits)
    }
  }

  /// Runs the stages; returns the softmax that Mirostat measures surprise by, where it runs.
  ///
  /// Mirostat takes the place of the truncation stages, not of penalties and temperature.
  mutating func narrow(_ logits: inout MutableSpan<Float>) throws(SamplingError) -> Softmax? {
    for stage in options.stages {
      switch stage {
      case .penalties, .dry: penalise(stage, &logits)
      case .temperature: try applyTemperature(logits.span)
      default: if options.mirostat == .off { try truncate(stage, logits.span) }
      }
    }
    try truncation.gather(logits.span)
    return try runMirostat(logits.span)
  }

  /// Takes back every change to the logits, the last first.
  mutating func undoEdits(_ logits: inout MutableSpan<Float>) {
    for edit in edits.reversed() { logits[edit.index] = edit.before }
    edits.removeAll(keepingCapacity: true)
  }

  private mutating func edit(_ logits: inout MutableSpan<Float>, _ index: Int, to value: Float) {
    edits.append(LogitEdit(index: index, before: logits[index]))
    logits[index] = value
  }

  private mutating func truncate(
    _ stage: SamplerStage,
    _ logits: Span<Float>
  ) throws(SamplingError) {
    switch stage {
    case .topNSigma where options.topNSigma > 0:
      try truncation.keepTopNSigma(options.topNSigma, logits)
    case .topK where options.topK > 0: try truncation.keepTop(options.topK, logits)
    case .typicalP where options.typicalP < 1:
      try truncation.keepTypical(options.typicalP, logits)
    case .topP where options.topP < 1: try truncation.keepNucleus(options.topP, logits)
    case .minP: try truncation.keepMinP(options.minP, logits)
    case .xtc: try applyXtc(logits)
    default: break
    }
  }

  private mutating func applyXtc(_ logits: Span<Float>) throws(SamplingError) {
    // Two tokens cannot both have more than half, so a larger threshold never excludes any.
    guard options.xtcProbability > 0, options.xtcThreshold <= 0.5 else { return }
    guard random.nextUnit() < options.xtcProbability else { return }
    try truncation.excludeTopChoices(options.xtcThreshold, logits)
  }

  private mutating func runMirostat(_ logits: Span<Float>) throws(SamplingError) -> Softmax? {
    guard options.mirostat != .off else { return nil }
    let softmax = Softmax(truncation.list.items)
    if options.mirostat == .one {
      truncation.sort(first: 100)
      let kept = mirostat.keptCount(truncation.list.items, vocabularyCount: logits.count)
      try truncation.keepTop(kept, logits)
    } else {
      try truncation.keepSurprise(atMost: mirostat.mu, logits)
    }
    return softmax
  }

  /// Divides the logits by the temperature, which depends on the entropy where a range is set.
  ///
  /// Dynamic temperature: from range below to range above the temperature, by the power of the
  /// entropy's share of its maximum. Source: kalomaze, "Dynamic Temperature", 2023,
  /// <https://github.com/ggml-org/llama.cpp/pull/4972>.
  private mutating func applyTemperature(_ logits: Span<Float>) throws(SamplingError) {
    let range = options.dynamicTemperatureRange
    guard options.temperature != 1 || range > 0 else { return }
    try truncation.gather(logits)
    var temperature = options.temperature
    if range > 0, truncation.list.count > 1 {
      let candidates = truncation.list.items
      let entropy = Softmax(candidates).entropy(candidates)
      let share = min(max(entropy / Elementary.log(Double(candidates.count)), 0), 1)
      let low = max(0, temperature - range)
      let power = Elementary.power(share, options.dynamicTemperatureExponent)
      temperature = low + (temperature + range - low) * power
    }
    // A dynamic temperature can come down to zero: then only the best candidate is left.
    guard temperature > 1e-6 else { return try truncation.keepTop(1, logits) }
    let best = Double(Softmax.best(truncation.list.items).logit)
    truncation.changeLogits(keepingOrder: true) { candidate in
      // Relative to the best, so that a low temperature cannot overflow.
      Float(max((Double(candidate.logit) - best) / temperature, -0x1p100))
    }
  }

  /// Lowers the logits of tokens seen before.
  ///
  /// Sources: Keskar et al., "CTRL", 2019, <https://arxiv.org/abs/1909.05858>, for the repetition
  /// penalty, which here multiplies negative logits so that it never rewards; presence and
  /// frequency as in OpenAI's API reference, <https://platform.openai.com/docs/api-reference>.
  private mutating func penalise(_ stage: SamplerStage, _ logits: inout MutableSpan<Float>) {
    if stage == .penalties, options.usesPenalties {
      let options = options
      change(history.counts, &logits) { logit, count in
        let repeated =
          Double(logit) <= 0
          ? Double(logit) * options.repeatPenalty : Double(logit) / options.repeatPenalty
        let penalty = options.presencePenalty + Double(count) * options.frequencyPenalty
        return Float(repeated - penalty)
      }
    } else if stage == .dry, options.usesDry {
      change(history.dryPenalties(), &logits) { logit, penalty in logit - penalty }
    }
  }

  /// Changes the logit of each token in `values`; ids the vocabulary lacks are left out.
  private mutating func change<Value>(
    _ values: [Int32: Value],
    _ logits: inout MutableSpan<Float>,
    _ change: (Float, Value) -> Float
  ) {
    guard !values.isEmpty else { return }
    if truncation.ownsCandidates {
      truncation.changeLogits(keepingOrder: false) { candidate in
        guard let value = values[candidate.token] else { return candidate.logit }
        return change(candidate.logit, value)
      }
    } else {
      for (token, value) in values where token >= 0 && token < logits.count {
        edit(&logits, Int(token), to: change(logits[Int(token)], value))
      }
    }
  }
}
