// Owns: the public options of an answer.

package import ChaskiSampling

/// How a session chooses its words.
public struct GenerationOptions: Sendable, Equatable {
  /// How the next token is chosen.
  public struct SamplingMode: Sendable, Equatable {
    enum Kind: Equatable {
      case greedy
      case top(Int, seed: UInt64?)
      case threshold(Double, seed: UInt64?)
    }

    let kind: Kind

    /// Always the likeliest.
    public static let greedy = SamplingMode(kind: .greedy)

    /// At random among the `top` likeliest; the same seed gives the same text.
    public static func random(top: Int, seed: UInt64? = nil) -> SamplingMode {
      SamplingMode(kind: .top(top, seed: seed))
    }

    /// At random among the likeliest that together reach `probabilityThreshold`.
    public static func random(
      probabilityThreshold: Double,
      seed: UInt64? = nil
    ) -> SamplingMode {
      SamplingMode(kind: .threshold(probabilityThreshold, seed: seed))
    }
  }

  /// How the next token is chosen; as the model's makers advise if nil.
  public var sampling: SamplingMode?
  /// Above 0, higher being more varied; what the model's makers advise, or 0.8, if nil.
  public var temperature: Double?
  /// The most tokens of an answer; until the context is full if nil.
  public var maximumResponseTokens: Int?

  /// Options; what is nil has its default.
  public init(
    sampling: SamplingMode? = nil,
    temperature: Double? = nil,
    maximumResponseTokens: Int? = nil
  ) {
    self.sampling = sampling
    self.temperature = temperature
    self.maximumResponseTokens = maximumResponseTokens
  }

  /// The sampler's options: what is asked for, else `advice`, else the usual.
  package func samplingOptions(_ advice: SamplingAdvice) throws -> SamplingOptions {
    var advice = advice
    // Whoever wants a draw is not served by the advice never to draw.
    if let sampling, sampling != .greedy, advice.temperature == 0 { advice.temperature = nil }
    let temperature = sampling == .greedy ? 0 : temperature
    var options = advice.overridden(by: SamplingAdvice(temperature: temperature)).options
    switch sampling?.kind {
    case nil, .greedy?: break
    case .top(let top, let seed)?:
      options.topK = top
      options.topP = 1
      options.minP = 0
      options.seed = seed
    case .threshold(let threshold, let seed)?:
      options.topK = 0
      options.topP = threshold
      options.minP = 0
      options.seed = seed
    }
    return try options.validated()
  }
}
