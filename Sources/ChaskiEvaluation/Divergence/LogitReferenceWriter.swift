// Owns: writing a file of reference log-probabilities. Does not own: its format (LogitReference).

import ChaskiFiles
package import ChaskiGeneration
import ChaskiTensors

/// Leaves what a model expects of a text in a file, for others to be compared with.
package enum LogitReferenceWriter {
  /// Writes the log-probabilities of `model` on `text` to `path`, and returns its perplexity.
  ///
  /// The file takes 2 bytes for each token of the vocabulary and each scored token of the text. It is
  /// written beside its place and moved there when it is whole.
  ///
  /// - Throws: `EvaluationError`, `GenerationError.noTokenizer`, `CancellationError`.
  package static func write(
    _ text: [UInt8],
    of model: LanguageModel,
    to path: String,
    options: DivergenceOptions = DivergenceOptions(),
    report: @Sendable (_ window: Int, _ count: Int) -> Void = { _, _ in }
  ) async throws -> Double {
    try options.check()
    let windows = try TextWindows(
      text,
      model.requireTokenizer(),
      length: options.windowLength,
      limit: options.windowLimit
    )
    return try await EvaluationQueue().perform {
      var file = try AtomicFile(path: path)
      let perplexity = try write(windows, model, options, to: &file, report)
      try file.commit()
      return perplexity
    }
  }

  private static func write(
    _ windows: TextWindows,
    _ model: LanguageModel,
    _ options: DivergenceOptions,
    to file: inout AtomicFile,
    _ report: (Int, Int) -> Void
  ) throws -> Double {
    var header = LogitReference.magic
    for number in [windows.length, model.vocabularyCount, windows.count] {
      append(UInt32(number), to: &header)
    }
    for token in windows.tokens { append(UInt32(bitPattern: token), to: &header) }
    try file.write(header)
    let source = try ModelLogits(
      model,
      windowLength: windows.length,
      cacheType: options.cacheType
    )
    var likelihoods = Likelihoods()
    for window in 0..<windows.count {
      let targets = windows.targets(window)
      try windows.forEachPart(of: window, length: options.stepLength) { tokens, first, scored in
        let found = try source.rows(tokens, window: window, from: first, scored: scored)
        for (row, position) in scored.enumerated() {
          let values = found.logits.row(row)
          let distribution = found.distributions[row]
          let target = targets[targets.startIndex + position - windows.firstScored]
          likelihoods.add(distribution.logProbability(values[Int(target)]))
          try file.write(encoded(values, distribution))
        }
      }
      report(window, windows.count)
    }
    return likelihoods.perplexity
  }

  /// A row as the file holds it.
  static func encoded(_ logits: [Float], _ distribution: RowDistribution) -> [UInt8] {
    let maximum = distribution.maximum
    let least = max(logits.min() ?? maximum, maximum + LogitReference.floor)
    let scale = (maximum - least) / 65_535
    let inverse = scale >= .leastNormalMagnitude ? 1 / scale : 0
    var bytes: [UInt8] = []
    bytes.reserveCapacity(logits.count * 2 + 12)
    append(scale.bitPattern, to: &bytes)
    append(Float(Double(least) - distribution.normalizer).bitPattern, to: &bytes)
    for logit in logits {
      // Rounded by hand, half up: the library's rounding is a call for each number.
      let code = UInt16(min(max((logit - least) * inverse, 0) + 0.5, 65_535))
      bytes.append(UInt8(truncatingIfNeeded: code))
      bytes.append(UInt8(truncatingIfNeeded: code >> 8))
    }
    if logits.count % 2 != 0 { bytes += [0, 0] }
    return bytes
  }

  private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
