// Owns: the logits of windows that a model computes.

import ChaskiGeneration
import ChaskiLayers
import ChaskiModels
import ChaskiTensors

/// A model at work on windows, one after the other.
///
/// Used by one task.
final class ModelLogits: LogitSource {
  private let model: LanguageModel
  private let windowLength: Int
  private let pages: CachePagePool
  private var sequence: KVSequence

  init(_ model: LanguageModel, windowLength: Int, cacheType: CacheType) throws {
    self.model = model
    self.windowLength = windowLength
    pages = CachePagePool(
      layout: try CacheLayout(layers: model.architecture.cacheLayers, type: cacheType),
      pageLimit: windowLength / CacheLayout.pageLength + 2
    )
    sequence = KVSequence(in: pages)
  }

  func rows(
    _ tokens: ArraySlice<Int32>,
    window: Int,
    from first: Int,
    scored: Range<Int>
  ) throws -> LogitRows {
    if first == 0 { sequence.truncate(to: 0) }
    try model.check(tokens)
    let input = Step.Input(
      sequence: sequence,
      tokens: Array(tokens),
      logits: scored.lowerBound - first..<scored.upperBound - first,
      promptLength: windowLength
    )
    let step = try model.architecture.step([input], on: model.backend)
    let logits = model.architecture.logits(step, on: model.backend)
    model.weightSaving?.begin()
    let distributions = model.backend.distributions(of: logits)
    guard distributions.allSatisfy(\.isFinite) else { throw EvaluationError.unusableLogits }
    return LogitRows(
      logits: logits,
      distributions: distributions,
      floors: distributions.map { _ in -.infinity }
    )
  }
}
