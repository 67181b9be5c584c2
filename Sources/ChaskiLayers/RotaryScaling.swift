// Owns: the ways to stretch rotary embeddings beyond the context they were trained on.

import Foundation

/// How rotary frequencies are changed for contexts longer than the training's.
package enum RotaryScaling: Sendable, Equatable {
  /// As trained.
  case none
  /// Positions divided by `factor` (Chen et al. 2023, https://arxiv.org/abs/2306.15595).
  case linear(factor: Float)
  /// The base raised by factor^(E / (E - 2)), so that the slowest pair stretches by `factor` and the
  /// fastest not at all (the "NTK-aware" scaling of bloc97, 2023).
  case ntk(factor: Float)
  /// The base raised as much as the context's length asks for, from `originalContext` tokens on: NTK-aware
  /// scaling by factor * length / originalContext - (factor - 1) (emozilla, 2023).
  case dynamicNTK(factor: Float, originalContext: Int)
  /// Fast pairs as trained, slow pairs divided by `factor`, a ramp between
  /// (Peng et al. 2023, https://arxiv.org/abs/2309.00071).
  case yarn(YaRN)
  /// Llama 3.1's scaling: divides slow pairs by `factor`, smooths by wavelength (Meta 2024,
  /// https://arxiv.org/abs/2407.21783).
  case llama3(Llama3)
  /// Each pair's frequency divided by its own factor: GGUF's `rope_freqs.weight`. [E / 2]
  case perPair([Float])
  /// Each pair's frequency divided by its own factor, of one list for short contexts and of another for
  /// long ones (Ding et al. 2024, https://arxiv.org/abs/2402.13753).
  case longRope(LongRoPE)

  /// YaRN's numbers.
  package struct YaRN: Sendable, Equatable {
    /// How much longer the context is.
    package var factor: Float
    /// The context of the training.
    package var originalContext: Int
    /// Turns within the original context above which a pair stays as trained.
    package var betaFast: Float
    /// Turns below which a pair is fully interpolated.
    package var betaSlow: Float
    /// Multiplies sine and cosine; 0.1 ln(factor) + 1 if nil.
    package var attentionFactor: Float?

    /// YaRN by `factor`, with the paper's ramp.
    package init(
      factor: Float,
      originalContext: Int,
      betaFast: Float = 32,
      betaSlow: Float = 1,
      attentionFactor: Float? = nil
    ) {
      self.factor = factor
      self.originalContext = originalContext
      self.betaFast = betaFast
      self.betaSlow = betaSlow
      self.attentionFactor = attentionFactor
    }
  }

  /// The numbers of Llama 3.1's scaling.
  package struct Llama3: Sendable, Equatable {
    /// How much longer the context is.
    package var factor: Float
    /// Wavelengths above originalContext / this are divided by `factor`.
    package var lowFrequencyFactor: Float
    /// Wavelengths below originalContext / this stay as trained.
    package var highFrequencyFactor: Float
    /// The context of the training.
    package var originalContext: Int

    /// Llama 3.1's scaling with these numbers.
    package init(
      factor: Float,
      lowFrequencyFactor: Float,
      highFrequencyFactor: Float,
      originalContext: Int
    ) {
      self.factor = factor
      self.lowFrequencyFactor = lowFrequencyFactor
      self.highFrequencyFactor = highFrequencyFactor
      self.originalContext = originalContext
    }
  }

  /// LongRoPE's numbers.
  package struct LongRoPE: Sendable, Equatable {
    /// Divide the frequencies while the context is no longer than `originalContext`. [E / 2]
    package var shortFactors: [Float]
    /// Divide the frequencies of longer contexts. [E / 2]
    package var longFactors: [Float]
    /// The context of the training.
    package var originalContext: Int
    /// Multiplies sine and cosine.
    package var attentionFactor: Float

    /// LongRoPE with these numbers.
    package init(
      shortFactors: [Float],
      longFactors: [Float],
      originalContext: Int,
      attentionFactor: Float
    ) {
      self.shortFactors = shortFactors
      self.longFactors = longFactors
      self.originalContext = originalContext
      self.attentionFactor = attentionFactor
    }

    /// What multiplies sine and cosine where the model does not say: sqrt(1 + ln(s) / ln(o)), for a
    /// context of s times o, the original one.
    package static func attentionFactor(contextLength: Int, originalContext: Int) -> Float {
      guard contextLength > originalContext, originalContext > 1 else { return 1 }
      let stretch = Double(contextLength) / Double(originalContext)
      return Float((1 + log(stretch) / log(Double(originalContext))).squareRoot())
    }
  }

  /// What multiplies sine and cosine.
  var attentionFactor: Float {
    switch self {
    case .yarn(let numbers): numbers.attentionFactor ?? YaRN.magnitude(factor: numbers.factor)
    case .longRope(let numbers): numbers.attentionFactor
    default: 1
    }
  }

  /// base^(-2i / `width`) for each pair, scaled for a context of `contextLength` tokens.
  func frequencies(width: Int, base: Float, contextLength: Int) -> [Float] {
    let trained = Self.frequencies(width: width, base: Double(base))
    switch self {
    case .none: return trained
    case .linear(let factor): return trained.map { $0 / factor }
    case .ntk(let factor):
      return Self.frequencies(width: width, base: Self.raised(base, by: Double(factor), width))
    case .dynamicNTK(let factor, let originalContext):
      guard contextLength > originalContext else { return trained }
      let stretch = Double(contextLength) / Double(originalContext)
      let raise = Double(factor) * stretch - (Double(factor) - 1)
      return Self.frequencies(width: width, base: Self.raised(base, by: raise, width))
    case .perPair(let factors): return zip(trained, factors).map { $0 / $1 }
    case .longRope(let numbers):
      let factors =
        contextLength > numbers.originalContext ? numbers.longFactors : numbers.shortFactors
      return zip(trained, factors).map { $0 / $1 }
    case .llama3(let numbers): return trained.map(numbers.scaled)
    case .yarn(let numbers): return numbers.scaled(trained, width: width, base: base)
    }
  }

  private static func frequencies(width: Int, base: Double) -> [Float] {
    (0..<width / 2).map { pair in
      1 / Float(pow(base, Double(Float(2 * pair) / Float(width))))
    }
  }

  /// The base with which the slowest pair is stretched by `factor` and the fastest not at all.
  private static func raised(_ base: Float, by factor: Double, _ width: Int) -> Double {
    Double(base) * pow(factor, Double(width) / Double(max(width - 2, 1)))
  }
}

extension RotaryScaling.Llama3 {
  fileprivate func scaled(_ frequency: Float) -> Float {
    let wavelength = 2 * Float.pi / frequency
    let context = Float(originalContext)
    if wavelength < context / highFrequencyFactor { return frequency }
    if wavelength > context / lowFrequencyFactor { return frequency / factor }
    let smooth =
      (context / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    return (1 - smooth) * frequency / factor + smooth * frequency
  }
}

extension RotaryScaling.YaRN {
  /// 0.1 m ln(factor) + 1: what YaRN multiplies sine and cosine by, with m = 1.
  package static func magnitude(factor: Float, multiplier: Float = 1) -> Float {
    factor > 1 ? 0.1 * multiplier * Float(log(Double(factor))) + 1 : 1
  }

  fileprivate func scaled(_ frequencies: [Float], width: Int, base: Float) -> [Float] {
    let low = max(0, pair(turning: betaFast, width: width, base: base).rounded(.down))
    let high = min(
      Double(width - 1),
      pair(turning: betaSlow, width: width, base: base).rounded(.up)
    )
    return frequencies.enumerated().map { pair, frequency in
      let ramp = Float(min(1, max(0, (Double(pair) - low) / max(high - low, 0.001))))
      return frequency / factor * ramp + frequency * (1 - ramp)
    }
  }

  /// The pair that makes `turns` turns within the original context.
  private func pair(turning turns: Float, width: Int, base: Float) -> Double {
    Double(width) * log(Double(originalContext) / (Double(turns) * 2 * .pi))
      / (2 * log(Double(base)))
  }
}
