// Owns: perplexity of a text. Does not own: running the model (InferenceEngine) or reading the text.

package import ChaskiGeneration
import ChaskiLayers

/// How surprised a model is by a text: e to the power of the mean negative log-likelihood of its tokens.
///
/// The text is cut into windows of the context length; in each, the second half is scored, so that every
/// token has at least half a window before it, and the first token is replaced by the model's beginning token
/// if it has one. Source of the procedure: llama.cpp's `llama-perplexity` without stride.
package struct Perplexity: Sendable, Equatable {
  private var likelihoods = Likelihoods()

  init() {}

  /// The perplexity of everything scored so far.
  package var value: Double { likelihoods.perplexity }
  /// The standard error of `value`.
  package var standardError: Double { likelihoods.standardError }
  /// How many tokens were scored.
  package var scoredTokenCount: Int { likelihoods.count }

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
    let windows = try TextWindows(
      text,
      engine.model.requireTokenizer(),
      length: contextLength,
      limit: maximumChunks
    )
    var total = Perplexity()
    for index in 0..<windows.count {
      for score in try await engine.logLikelihoods(windows, index) { total.likelihoods.add(score) }
      report(index, windows.count, total)
    }
    return total
  }
}

extension InferenceEngine {
  /// The log-likelihoods of the tokens that are scored in window `index`.
  fileprivate func logLikelihoods(_ windows: TextWindows, _ index: Int) throws -> [Double] {
    reset()
    return try perform { model, pages in
      let input = windows.input(index)
      try model.check(input)
      let scores = ScoreList()
      var queue = StepQueue(model, rowLimit: options.prefillChunkLength)
      queue.append([
        Line(
          sequence: KVSequence(in: pages),
          tokens: input,
          textLength: windows.length,
          questions: windows.targets(index).map { [$0] }
        ) { readings in
          scores.all = readings.flatMap(\.logProbabilities)
          return []
        }
      ])
      while queue.waitingCount > 0 {
        try Task.checkCancellation()
        try queue.step()
        model.weightSaving?.begin()
      }
      return scores.all
    }
  }
}

/// Scores that come while a queue works.
private final class ScoreList {
  var all: [Double] = []
}
