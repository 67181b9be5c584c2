// Owns: how much each column of each matrix matters, told by the activations that it meets.
// Does not own: the files (ImportanceMatrix+Files), collecting (ImportanceCollector).

/// The mean squared activations of every column of a model's matrices, over some text.
///
/// A weight's error reaches the output times the activation of its column, so the error's mean square there is
/// the sum of E[activation^2] * error^2. Names and layout are those of llama.cpp's `imatrix`, so that files go
/// both ways.
package struct ImportanceMatrix: Sendable, Equatable {
  /// What one tensor's columns met: for a stack of experts, each expert by itself.
  package struct Entry: Sendable, Equatable {
    /// Sums of squared activations, matrix after matrix. [matrices, columns]
    package var sums: [Float]
    /// How many activations each matrix met. [matrices]
    package var counts: [Int]

    /// Nothing met yet.
    package init(columns: Int, matrices: Int = 1) {
      sums = Array(repeating: 0, count: columns * matrices)
      counts = Array(repeating: 0, count: matrices)
    }

    package init(sums: [Float], counts: [Int]) {
      self.sums = sums
      self.counts = counts
    }
  }

  /// What is known, by the tensor's name in GGUF.
  package var entries: [String: Entry] = [:]
  /// What the text was called.
  package var datasets: [String] = []
  /// How many pieces the text was cut into.
  package var chunkCount = 0
  /// Tokens of a piece.
  package var chunkSize = 0

  /// An empty one.
  package init() {}

  /// The least importance of a column, where 1 is the mean: what a text never touched, another may.
  static let least: Float = 0x1p-12

  /// The importances of the columns of matrix `matrix` of `tensor`, with mean 1; nil if nothing is known.
  ///
  /// - Throws: `QuantizationError.importanceMismatch` for other numbers of columns or matrices than it has.
  package func importance(
    of tensor: TensorDescription,
    matrix: Int
  ) throws(QuantizationError) -> [Float]? {
    guard let entry = entries[tensor.name] else { return nil }
    let matrices = max(tensor.rows / max(tensor.rowsPerMatrix, 1), 1)
    let columns = tensor.columns
    guard entry.sums.count == columns * matrices || entry.sums.count == columns else {
      throw .importanceMismatch(
        tensor: tensor.name,
        expected: columns * matrices,
        found: entry.sums.count
      )
    }
    // Older files have one row for all experts.
    let row = entry.sums.count == columns ? 0 : matrix
    let count = entry.counts[min(row, entry.counts.count - 1)]
    let sums = entry.sums[row * columns..<(row + 1) * columns]
    let mean = sums.reduce(0.0) { $0 + Double($1) } / Double(columns)
    // An expert that the text never chose.
    guard count > 0, mean > 0, mean.isFinite else { return nil }
    return sums.map { max(Float(Double($0) / mean), Self.least) }
  }
}
