// Owns: what logits of a text's windows may come from.

import ChaskiTensors

/// Some rows of logits with their distributions.
struct LogitRows {
  /// The logits, or log-probabilities of which the least are left out. [R, V]
  let logits: Tensor
  /// What each row stands for. [R]
  let distributions: [RowDistribution]
  /// What stands in each row for the log-probability of a token that is left out. [R]
  let floors: [Float]

  /// The log-probability of `token` in row `row`.
  func logProbability(row: Int, token: Int32) -> Double {
    let logit = logits.element(row: row, column: Int(token))
    return distributions[row].logProbability(max(logit, floors[row]))
  }
}

/// Where the logits of windows come from: a model, or a file that one left behind.
///
/// Windows are read in order, each from its beginning.
protocol LogitSource {
  /// The logits after positions `scored` of window `window`, of which `tokens` are read now, from position
  /// `first` on.
  func rows(
    _ tokens: ArraySlice<Int32>,
    window: Int,
    from first: Int,
    scored: Range<Int>
  ) throws -> LogitRows
}
