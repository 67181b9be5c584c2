// Owns: the stages that keep some candidates and drop the others, each with its source.
// Not here: changes to logits (Sampler+Stages, TokenHistory), Mirostat.

/// The candidates of one choice, and the stages that narrow them.
///
/// Probabilities are computed in double precision and summed in the list's order. Every stage
/// keeps at least one candidate.
struct Truncation: Sendable {
  /// The candidates left; empty until `gather` or the first stage has looked at the logits.
  private(set) var list = RankedList<Candidate>()
  private var isGathered = false

  /// Forgets the candidates of the last choice.
  mutating func begin() {
    list.removeAll()
    isGathered = false
  }

  /// Whether the candidates are in `list` already, so that changing a logit must happen there.
  var ownsCandidates: Bool { isGathered }

  /// Takes every token that is not forbidden, where no stage has chosen yet.
  mutating func gather(_ logits: Span<Float>) throws(SamplingError) {
    guard !isGathered else { return }
    try VocabularyScan.gatherAll(logits, into: &list)
    isGathered = true
  }

  /// Replaces the logit of each candidate.
  mutating func changeLogits(keepingOrder: Bool, _ change: (Candidate) -> Float) {
    list.transform(keepingOrder: keepingOrder) { candidate in
      Candidate(token: candidate.token, logit: change(candidate))
    }
  }

  /// Keeps the `count` largest logits; between equal ones the lower ids.
  ///
  /// Source: Fan, Lewis and Dauphin, "Hierarchical Neural Story Generation", 2018,
  /// <https://arxiv.org/abs/1805.04833>.
  mutating func keepTop(_ count: Int, _ logits: Span<Float>) throws(SamplingError) {
    if !isGathered {
      try VocabularyScan.gather(best: count, of: logits, into: &list)
      isGathered = true
    }
    list.sort(first: count)
    list.keep(first: count)
  }

  /// Keeps the most probable candidates until they reach the probability `p` together.
  ///
  /// Source: Holtzman et al., "The Curious Case of Neural Text Degeneration", 2019,
  /// <https://arxiv.org/abs/1904.09751>.
  mutating func keepNucleus(_ p: Double, _ logits: Span<Float>) throws(SamplingError) {
    try gather(logits)
    let softmax = Softmax(list.items)
    let goal = p * softmax.total
    var reached = 0.0
    var kept = 0
    while kept < list.count, kept == 0 || reached < goal {
      sortOn(from: kept)
      reached += softmax.weight(list.items[kept])
      kept += 1
    }
    list.keep(first: kept)
  }

  /// Keeps the candidates at least `p` times as probable as the most probable one.
  ///
  /// Source: Nguyen et al., "Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM
  /// Outputs", 2024, <https://arxiv.org/abs/2407.01082>.
  mutating func keepMinP(_ p: Double, _ logits: Span<Float>) throws(SamplingError) {
    guard p > 0 else { return }
    let best = try best(logits)
    let bound = Float(Double(best.logit) + Elementary.log(p))
    keep(atLeast: min(bound, best.logit), logits)
  }

  /// Keeps the logits within `n` standard deviations of the largest.
  ///
  /// Forbidden tokens count neither for the mean nor for the deviation.
  /// Source: Tang et al., "Top-nσ: Not All Logits Are You Need", 2024,
  /// <https://arxiv.org/abs/2411.07641>.
  mutating func keepTopNSigma(_ n: Double, _ logits: Span<Float>) throws(SamplingError) {
    let best = try best(logits)
    let deviation = isGathered ? deviationOfCandidates() : Truncation.deviation(of: logits)
    let bound = Float(Double(best.logit) - n * deviation)
    keep(atLeast: min(bound, best.logit), logits)
  }

  /// Keeps the candidates whose surprise is nearest to the entropy, until they reach `p` together.
  ///
  /// Source: Meister et al., "Locally Typical Sampling", 2022, <https://arxiv.org/abs/2202.00666>.
  mutating func keepTypical(_ p: Double, _ logits: Span<Float>) throws(SamplingError) {
    try gather(logits)
    let softmax = Softmax(list.items)
    let entropy = softmax.entropy(list.items)
    var byDistance = RankedList<TypicalCandidate>()
    byDistance.reserve(list.count)
    for candidate in list.items {
      let distance = abs(softmax.surprise(candidate) - entropy)
      byDistance.append(TypicalCandidate(distance: distance, candidate: candidate))
    }
    let goal = p * softmax.total
    var reached = 0.0
    var kept = 0
    list.removeAll()
    while kept < byDistance.count, kept == 0 || reached < goal {
      if kept == byDistance.sortedCount { byDistance.sort(first: max(256, 4 * kept)) }
      let candidate = byDistance.items[kept].candidate
      reached += softmax.weight(candidate)
      list.append(candidate)
      kept += 1
    }
  }

  /// Drops every candidate of probability `threshold` or more, except the least probable of them.
  ///
  /// Source: p-e-w, "Exclude Top Choices (XTC)", 2024,
  /// <https://github.com/oobabooga/text-generation-webui/pull/6335>; as there, the caller draws
  /// whether this happens at all.
  mutating func excludeTopChoices(_ threshold: Double, _ logits: Span<Float>) throws(SamplingError)
  {
    try gather(logits)
    let softmax = Softmax(list.items)
    let goal = threshold * softmax.total
    var choices = 0
    while choices < list.count {
      sortOn(from: choices)
      guard softmax.weight(list.items[choices]) >= goal else { break }
      choices += 1
    }
    if choices > 1 { list.removeFirst(choices - 1) }
  }

  /// Keeps the candidates whose surprise is at most `bits`.
  mutating func keepSurprise(atMost bits: Double, _ logits: Span<Float>) throws(SamplingError) {
    try gather(logits)
    let softmax = Softmax(list.items)
    let best = try best(logits)
    let limit = bits * Softmax.natsPerBit
    list.keep { $0 == best || softmax.surprise($0) <= limit }
  }

  /// Puts the first `count` candidates in order.
  mutating func sort(first count: Int) { list.sort(first: count) }

  /// Puts all candidates in order.
  mutating func sortAll() { list.sort(first: list.count) }

  private func best(_ logits: Span<Float>) throws(SamplingError) -> Candidate {
    guard isGathered else { return try VocabularyScan.best(of: logits) }
    return Softmax.best(list.items)
  }

  /// Sorts further where the walk has come to the end of what is sorted.
  private mutating func sortOn(from index: Int) {
    if index == list.sortedCount { list.sort(first: max(256, 4 * index)) }
  }

  private mutating func keep(atLeast bound: Float, _ logits: Span<Float>) {
    if isGathered {
      list.keep { $0.logit >= bound }
    } else {
      VocabularyScan.gather(
        atLeast: max(bound, -Float.greatestFiniteMagnitude),
        of: logits,
        into: &list
      )
      isGathered = true
    }
  }

  private func deviationOfCandidates() -> Double {
    var sum = 0.0
    for candidate in list.items { sum += Double(candidate.logit) }
    let mean = sum / Double(list.count)
    var squares = 0.0
    for candidate in list.items {
      let difference = Double(candidate.logit) - mean
      squares += difference * difference
    }
    return Elementary.power(squares / Double(list.count), 0.5)
  }

  private static func deviation(of logits: Span<Float>) -> Double {
    var sum = 0.0
    var count = 0
    for index in 0..<logits.count where logits[index] > -.infinity {
      sum += Double(logits[index])
      count += 1
    }
    let mean = sum / Double(count)
    var squares = 0.0
    for index in 0..<logits.count where logits[index] > -.infinity {
      let difference = Double(logits[index]) - mean
      squares += difference * difference
    }
    return Elementary.power(squares / Double(count), 0.5)
  }
}

/// A candidate ranked by how near its surprise is to the entropy.
private struct TypicalCandidate: Comparable, Sendable {
  let distance: Double
  let candidate: Candidate

  static func < (a: TypicalCandidate, b: TypicalCandidate) -> Bool {
    a.distance != b.distance ? a.distance > b.distance : a.candidate < b.candidate
  }
}
