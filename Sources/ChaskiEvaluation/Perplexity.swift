// Owns: perplexity of a text, in windows as llama.cpp counts them, so that figures compare.

package import ChaskiGeneration
import ChaskiTokenizers
import Foundation

/// How surprised a model is by a text: exp of the mean negative log-likelihood of its tokens.
///
/// The text is cut into windows that do not overlap; in each, the second half is scored with the first
/// half as its context, and the first token is replaced by the model's beginning token if it has one.
/// Source of the procedure: llama.cpp's `llama-perplexity` without stride.
package struct Perplexity: Sendable, Equatable {
  /// The perplexity of everything scored so far.
  package private(set) var value = 0.0
  /// The standard error of `value`.
  package private(set) var standardError = 0.0
  /// How many tokens were scored.
  package private(set) var scoredTokenCount = 0
  private var sum = 0.0
  private var sumOfSquares = 0.0

  init() {}

  /// Measures the perplexity of `text`.
  ///
  /// `report` is told after each window: its index, how many there are, the perplexity up to it.
  ///
  /// - Throws: `EvaluationError`, `GenerationError`, `CancellationError`.
  package static func measure(
    _ text: [UInt8],
    with engine: InferenceEngine,
    contextLength: Int,
    maximumChunks: Int? = nil,
    report: @Sendable (_ chunk: Int, _ count: Int, _ soFar: Perplexity) -> Void = { _, _, _ in }
  ) async throws -> Perplexity {
    guard contextLength >= 4, contextLength <= engine.contextLength else {
      throw EvaluationError.invalidOption(
        name: "context",
        value: "\(contextLength)",
        allowed: "from 4 to \(engine.contextLength)"
      )
    }
    let tokenizer = try engine.model.requireTokenizer()
    let tokens = tokenizer.encode(utf8: text, addSpecialTokens: true, parseSpecialTokens: false)
    guard tokens.count >= 2 * contextLength else {
      throw EvaluationError.textTooShort(
        tokenCount: tokens.count,
        neededCount: 2 * contextLength
      )
    }
    let count = min(tokens.count / contextLength, maximumChunks ?? .max)
    let begin = tokenizer.addsBOS ? tokenizer.special.bos : nil
    var total = Perplexity()
    for chunk in 0..<count {
      let window = Array(tokens[chunk * contextLength..<(chunk + 1) * contextLength])
      let scores = try await logLikelihoods(of: window, beginning: begin, with: engine)
      for score in scores { total.add(score) }
      total.update()
      report(chunk, count, total)
    }
    return total
  }

  /// Log-likelihoods of the tokens in the second half of `window`, the first of the half left out.
  private static func logLikelihoods(
    of window: [Int32],
    beginning: Int32?,
    with engine: InferenceEngine
  ) async throws -> [Double] {
    var input = window
    if let beginning { input[0] = beginning }
    let first = window.count / 2
    return try await engine.logLikelihoods(input: input, targets: window, from: first)
  }

  private mutating func add(_ logLikelihood: Double) {
    sum -= logLikelihood
    sumOfSquares += logLikelihood * logLikelihood
    scoredTokenCount += 1
  }

  private mutating func update() {
    let count = Double(scoredTokenCount)
    let mean = sum / count
    value = exp(mean)
    let variance = sumOfSquares / count - mean * mean
    standardError = count > 1 && variance > 0 ? value * sqrt(variance / (count - 1)) : 0
  }
}

extension InferenceEngine {
  /// log p(targets[i + 1] | input[...i]) for i from `first` to the last but one.
  fileprivate func logLikelihoods(
    input: [Int32],
    targets: [Int32],
    from first: Int
  ) throws -> [Double] {
    var scores: [Double] = []
    try forEachLogits(of: input, from: first) { position, logits in
      guard position + 1 < targets.count else { return }
      scores.append(logLikelihood(of: targets[position + 1], in: logits))
    }
    return scores
  }
}

/// The logarithm of `token`'s probability under softmax of `logits`, summed in double.
func logLikelihood(of token: Int32, in logits: [Float]) -> Double {
  var maximum = -Float.infinity
  for logit in logits where logit > maximum { maximum = logit }
  var sum = 0.0
  for logit in logits { sum += Double(expf(logit - maximum)) }
  return Double(logits[Int(token)] - maximum) - log(sum)
}
