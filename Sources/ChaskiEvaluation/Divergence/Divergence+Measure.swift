// Owns: comparing two models on a text, window by window.

package import ChaskiGeneration
import ChaskiTensors
import ChaskiTokenizers

extension Divergence {
  /// Told after each window: its index, how many there are, the figures up to it.
  package typealias Report = @Sendable (_ window: Int, _ count: Int, _ soFar: Divergence) -> Void

  /// Compares `model` with `reference` on `text`, both in memory at once.
  ///
  /// The text is cut as for `Perplexity`, with the reference's tokenizer.
  ///
  /// - Throws: `EvaluationError`, `GenerationError.noTokenizer`, `CancellationError`.
  package static func measure(
    _ text: [UInt8],
    of model: LanguageModel,
    against reference: LanguageModel,
    options: DivergenceOptions = DivergenceOptions(),
    report: Report = { _, _, _ in }
  ) async throws -> Divergence {
    try options.check()
    guard model.vocabularyCount == reference.vocabularyCount else {
      throw EvaluationError.vocabulariesDiffer(
        reference: reference.vocabularyCount,
        model: model.vocabularyCount
      )
    }
    let windows = try TextWindows(
      text,
      reference.requireTokenizer(),
      length: options.windowLength,
      limit: options.windowLimit
    )
    return try await EvaluationQueue().perform {
      let source = try ModelLogits(
        reference,
        windowLength: windows.length,
        cacheType: options.cacheType
      )
      return try compare(windows, source, model, options, report)
    }
  }

  /// Compares `model` with what another has left in `file`, on the text that the file is of.
  ///
  /// The file's figures have 16 bits: the mean divergence is within about 1e-4 of that of both models in
  /// memory. `windowLength` of `options` is the file's.
  ///
  /// - Throws: `EvaluationError`, `CancellationError`.
  package static func measure(
    of model: LanguageModel,
    against file: LogitReference,
    options: DivergenceOptions = DivergenceOptions(),
    report: Report = { _, _, _ in }
  ) async throws -> Divergence {
    try options.check()
    guard model.vocabularyCount == file.vocabularyCount else {
      throw EvaluationError.vocabulariesDiffer(
        reference: file.vocabularyCount,
        model: model.vocabularyCount
      )
    }
    let count = min(file.windowCount, options.windowLimit ?? .max)
    let tokenizer = model.tokenizer
    let windows = TextWindows(
      tokens: Array(file.tokens.prefix(count * file.windowLength)),
      length: file.windowLength,
      beginning: tokenizer?.addsBOS == true ? tokenizer?.special.bos : nil
    )
    return try await EvaluationQueue().perform {
      let source = ReferenceLogits(file, backend: model.backend)
      return try compare(windows, source, model, options, report)
    }
  }

  private static func compare(
    _ windows: TextWindows,
    _ reference: some LogitSource,
    _ model: LanguageModel,
    _ options: DivergenceOptions,
    _ report: Report
  ) throws -> Divergence {
    let own = try ModelLogits(model, windowLength: windows.length, cacheType: options.cacheType)
    var tally = DivergenceTally()
    for window in 0..<windows.count {
      let targets = windows.targets(window)
      try windows.forEachPart(of: window, length: options.stepLength) { tokens, first, scored in
        let expected = try reference.rows(tokens, window: window, from: first, scored: scored)
        let found = try own.rows(tokens, window: window, from: first, scored: scored)
        guard !scored.isEmpty else { return }
        let start = targets.startIndex + scored.lowerBound - windows.firstScored
        tally.add(
          expected,
          found,
          targets: targets[start..<start + scored.count],
          on: model.backend
        )
      }
      report(window, windows.count, tally.result)
    }
    return tally.result
  }
}

extension TextWindows {
  /// Calls `body` with window `index` part by part: the tokens, the first one's position, and the positions
  /// among them that are scored.
  ///
  /// - Throws: `CancellationError` between parts.
  func forEachPart(
    of index: Int,
    length: Int,
    _ body: (_ tokens: ArraySlice<Int32>, _ first: Int, _ scored: Range<Int>) throws -> Void
  ) throws {
    let input = input(index)
    for first in stride(from: 0, to: input.count, by: length) {
      try Task.checkCancellation()
      let end = min(first + length, input.count)
      try body(input[first..<end], first, min(max(first, firstScored), end)..<end)
    }
  }
}
