// Owns: what a model's makers advise about choosing its tokens.
// Does not own: where they write it down (checkpoints, catalogue), what a user asks for instead.

/// How a model's makers would choose its tokens; nil where they say nothing.
///
/// A small model may say nothing but nonsense at a temperature that suits a large one, so whoever publishes a
/// model often says how to use it.
package struct SamplingAdvice: Sendable, Hashable, Codable {
  /// See `SamplingOptions.temperature`.
  package var temperature: Double?
  /// See `SamplingOptions.topK`.
  package var topK: Int?
  /// See `SamplingOptions.topP`.
  package var topP: Double?
  /// See `SamplingOptions.minP`.
  package var minP: Double?
  /// See `SamplingOptions.xtcProbability`.
  package var xtcProbability: Double?
  /// See `SamplingOptions.xtcThreshold`.
  package var xtcThreshold: Double?
  /// See `SamplingOptions.repeatLastN`.
  package var repeatLastN: Int?
  /// See `SamplingOptions.repeatPenalty`.
  package var repeatPenalty: Double?

  /// Advice about these options.
  package init(
    temperature: Double? = nil,
    topK: Int? = nil,
    topP: Double? = nil,
    repeatPenalty: Double? = nil
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.repeatPenalty = repeatPenalty
  }

  /// Whether nothing is advised.
  package var isEmpty: Bool { self == SamplingAdvice() }

  /// `other`, and this advice where `other` says nothing.
  ///
  /// Whoever asks for a temperature of 0 wants the likeliest token, always: then no penalty is advised.
  package func overridden(by other: SamplingAdvice) -> SamplingAdvice {
    var result = self
    if other.temperature == 0 { result.repeatPenalty = nil }
    if let value = other.temperature { result.temperature = value }
    if let value = other.topK { result.topK = value }
    if let value = other.topP { result.topP = value }
    if let value = other.minP { result.minP = value }
    if let value = other.xtcProbability { result.xtcProbability = value }
    if let value = other.xtcThreshold { result.xtcThreshold = value }
    if let value = other.repeatLastN { result.repeatLastN = value }
    if let value = other.repeatPenalty { result.repeatPenalty = value }
    return result
  }

  /// The usual options, as advised.
  package var options: SamplingOptions {
    var options = SamplingOptions()
    if let temperature { options.temperature = temperature }
    if let topK { options.topK = topK }
    if let topP { options.topP = topP }
    if let minP { options.minP = minP }
    if let xtcProbability { options.xtcProbability = xtcProbability }
    if let xtcThreshold { options.xtcThreshold = xtcThreshold }
    if let repeatLastN { options.repeatLastN = repeatLastN }
    if let repeatPenalty { options.repeatPenalty = repeatPenalty }
    return options
  }

  /// The advice in words, such as `temperature 0.2, top-p 0.9`.
  package var text: String {
    let values: [(String, (any CustomStringConvertible)?)] = [
      ("temperature", temperature), ("top-k", topK), ("top-p", topP), ("min-p", minP),
      ("xtc-probability", xtcProbability), ("xtc-threshold", xtcThreshold),
      ("repeat-last-n", repeatLastN), ("repeat-penalty", repeatPenalty),
    ]
    return values.compactMap { name, value in value.map { "\(name) \($0)" } }
      .joined(separator: ", ")
  }
}
