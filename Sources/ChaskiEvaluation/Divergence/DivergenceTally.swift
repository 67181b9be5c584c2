// Owns: adding up how two models compare, token by token.

import ChaskiTensors

/// Comparisons of single tokens, added up.
struct DivergenceTally {
  private var model = Likelihoods()
  private var reference = Likelihoods()
  private var divergences: [Double] = []
  private var sameCount = 0

  /// Adds what both say of the tokens `targets`, one a row.
  mutating func add(
    _ reference: LogitRows,
    _ model: LogitRows,
    targets: ArraySlice<Int32>,
    on backend: CPUBackend
  ) {
    divergences += backend.divergences(
      of: reference.logits,
      reference.distributions,
      to: model.logits,
      model.distributions
    )
    for (row, target) in targets.enumerated() {
      let (one, other) = (reference.distributions[row], model.distributions[row])
      self.reference.add(reference.logProbability(row: row, token: target))
      self.model.add(model.logProbability(row: row, token: target))
      if one.best == other.best { sameCount += 1 }
    }
  }

  /// The figures so far.
  var result: Divergence {
    let count = Double(max(divergences.count, 1))
    let mean = divergences.reduce(0, +) / count
    let squares = divergences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let sorted = divergences.sorted()
    let agreement = Double(sameCount) / count
    let freedom = max(count - 1, 1)
    return Divergence(
      tokens: divergences.count,
      perplexity: model.perplexity,
      perplexityError: model.standardError,
      referencePerplexity: reference.perplexity,
      referencePerplexityError: reference.standardError,
      mean: mean,
      meanError: (squares / count / freedom).squareRoot(),
      median: Self.quantile(sorted, 0.5),
      percentile99: Self.quantile(sorted, 0.99),
      maximum: sorted.last ?? 0,
      agreement: agreement,
      agreementError: (agreement * (1 - agreement) / freedom).squareRoot()
    )
  }

  /// The value at a share of the way through `sorted`, between two of them if need be; 0 of none.
  private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    guard let last = sorted.indices.last else { return 0 }
    let place = share * Double(last)
    let low = Int(place)
    let high = min(low + 1, last)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
  }
}
