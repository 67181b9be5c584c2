// Owns: Mirostat's state and its two ways to decide what stays.

/// Mirostat: keeps the surprise of the generated text near a target.
///
/// Source: Basu et al., "Mirostat: A Neural Text Decoding Algorithm that Directly Controls
/// Perplexity", 2020, <https://arxiv.org/abs/2007.14966>. As in the paper the surprise of a token
/// is that of the model's distribution (after temperature), where llama.cpp takes it after the
/// truncation; the text then has the perplexity 2^tau that was asked for.
struct Mirostat: Sendable {
  /// How many candidates the Zipf exponent is estimated from.
  private static let estimateCount = 100

  private let tau: Double
  private let eta: Double
  /// The largest surprise allowed now, in bits.
  private(set) var mu: Double

  /// The state before the first token.
  init(tau: Double, eta: Double) {
    self.tau = tau
    self.eta = eta
    mu = 2 * tau
  }

  /// Learns from the surprise in bits of the token that was drawn.
  mutating func observe(surprise: Double) {
    // A text that cannot reach the target must not carry mu out of sight.
    mu = min(max(mu - eta * (surprise - tau), -1000), 1000)
  }

  /// How many of the most probable candidates version 1 keeps, of sorted `candidates`.
  ///
  /// The first 100 candidates must be in order. The formula is evaluated as logarithms, so that no
  /// mu overflows it.
  func keptCount(_ candidates: [Candidate], vocabularyCount: Int) -> Int {
    let exponent = Mirostat.zipfExponent(candidates)
    guard exponent > 0 else { return 1 }
    let epsilon = exponent - 1
    let logVocabulary = Elementary.log(Double(max(vocabularyCount, 2)))
    // epsilon / (1 - N^-epsilon), whose limit at 0 is 1 / log N.
    let nearlyOne = abs(epsilon) < 1e-9
    let ratio =
      nearlyOne ? 1 / logVocabulary : epsilon / (1 - Elementary.exp(-epsilon * logVocabulary))
    let logCount = (Elementary.log(ratio) + mu * Softmax.natsPerBit) / exponent
    let largest = Double(candidates.count)
    guard logCount < Elementary.log(largest) else { return candidates.count }
    return max(1, Int(Elementary.exp(logCount)))
  }

  /// The least-squares estimate of the exponent s in p(i) ~ i^-s.
  private static func zipfExponent(_ candidates: [Candidate]) -> Double {
    var products = 0.0
    var squares = 0.0
    for rank in 1..<max(1, min(estimateCount, candidates.count)) {
      let t = Elementary.log(Double(rank + 1) / Double(rank))
      let b = Double(candidates[rank - 1].logit) - Double(candidates[rank].logit)
      products += t * b
      squares += t * t
    }
    return squares > 0 ? products / squares : 0
  }
}
