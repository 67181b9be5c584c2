// Owns: the logits of windows that a file holds.

import ChaskiTensors

/// The rows of a reference, as a source of logits.
struct ReferenceLogits: LogitSource {
  private let file: LogitReference
  private let backend: CPUBackend

  init(_ file: LogitReference, backend: CPUBackend) {
    self.file = file
    self.backend = backend
  }

  func rows(
    _ tokens: ArraySlice<Int32>,
    window: Int,
    from first: Int,
    scored: Range<Int>
  ) throws -> LogitRows {
    let logits = backend.tensor(rows: scored.count, columns: file.vocabularyCount)
    var distributions: [RowDistribution] = []
    var floors: [Float] = []
    for (row, position) in scored.enumerated() {
      let (values, least) = try file.row(position - file.windowLength / 2, window: window)
      floors.append(least)
      let maximum = values.max() ?? 0
      logits.setRow(row, to: values)
      distributions.append(
        RowDistribution(
          maximum: maximum,
          best: values.firstIndex(of: maximum) ?? 0,
          // Log-probabilities over the whole vocabulary, of which the least are not here.
          normalizer: 0
        )
      )
    }
    return LogitRows(logits: logits, distributions: distributions, floors: floors)
  }
}
