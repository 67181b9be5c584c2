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
  /// Fast pairs as trained, slow pairs divided by `factor`, a ramp between
  /// (Peng et al. 2023, https://arxiv.org/abs/2309.00071).
  case yarn(YaRN)
  /// Llama 3.1's scaling: divides slow pairs by `factor`, smooths by wavelength (Meta 2024,
  /// https://arxiv.org/abs/2407.21783).
  case llama3(Llama3)
  /// Each pair's frequency divided by its own factor: GGUF's `rope_freqs.weight`. [E / 2]
  case perPair([Float])

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

  /// Changes `frequencies` in place and returns what multiplies sine and cosine.
  func apply(to frequencies: inout [Float], width: Int, base: Float) -> Float {
    switch self {
    case .none: return 1
    case .linear(let factor):
      for pair in frequencies.indices { frequencies[pair] /= factor }
      return 1
    case .ntk(let factor):
      let exponent = Double(width) / Double(max(width - 2, 1))
      let stretched = Double(base) * pow(Double(factor), exponent)
      for pair in frequencies.indices {
        frequencies[pair] = 1 / Float(pow(stretched, Double(2 * pair) / Double(width)))
      }
      return 1
    case .perPair(let factors):
      for (pair, factor) in zip(frequencies.indices, factors) { frequencies[pair] /= factor }
      return 1
    case .llama3(let numbers):
      for pair in frequencies.indices { frequencies[pair] = numbers.scaled(frequencies[pair]) }
      return 1
    case .yarn(let numbers):
      return numbers.apply(to: &frequencies, width: width, base: base)
    }
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
  fileprivate func apply(to frequencies: inout [Float], width: Int, base: Float) -> Float {
    let low = max(0, pair(turning: betaFast, width: width, base: base).rounded(.down))
    let high = min(
      Double(width - 1),
      pair(turning: betaSlow, width: width, base: base).rounded(.up)
    )
    for pair in frequencies.indices {
      let ramp = Float(min(1, max(0, (Double(pair) - low) / max(high - low, 0.001))))
      let interpolated = frequencies[pair] / factor
      frequencies[pair] = interpolated * ramp + frequencies[pair] * (1 - ramp)
    }
    return attentionFactor ?? (factor > 1 ? 0.1 * Float(log(Double(factor))) + 1 : 1)
  }

  /// The pair that makes `turns` turns within the original context.
  private func pair(turning turns: Float, width: Int, base: Float) -> Double {
    Double(width) * log(Double(originalContext) / (Double(turns) * 2 * .pi))
      / (2 * log(Double(base)))
  }
}
