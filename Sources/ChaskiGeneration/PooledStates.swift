// Owns: adding up the hidden states of a text's tokens as they come, piece by piece.

import ChaskiTensors

/// The vector of a text in the making.
///
/// States are added in the order of their positions, in double precision, so the vector has the same bits whatever
/// the pieces.
struct PooledStates {
  private let pooling: Pooling
  private var sum: [Double] = []
  private var count = 0

  /// Nothing yet.
  init(_ pooling: Pooling) {
    self.pooling = pooling
  }

  /// Which of the rows of a piece are wanted, if it begins at `position` of a text of `length` tokens.
  static func rows(
    _ pooling: Pooling,
    position: Int,
    count: Int,
    length: Int
  ) -> Range<Int> {
    switch pooling {
    case .mean: 0..<count
    case .first: 0..<(position == 0 ? 1 : 0)
    case .last: (position + count == length ? count - 1 : count)..<count
    }
  }

  /// Adds rows of `states`.
  mutating func add(_ states: Tensor, rows: Range<Int>) {
    if sum.isEmpty { sum = Array(repeating: 0, count: states.columns) }
    for row in rows {
      states.withRow(row) { values in
        for column in values.indices { sum[column] += Double(values[column]) }
      }
    }
    count += rows.count
  }

  /// The vector, as long as the model's states are wide; not normalised.
  ///
  /// - Throws: `GenerationError.unusableEmbedding` if a number is not finite.
  func vector() throws(GenerationError) -> [Float] {
    let scale = pooling == .mean ? 1 / Double(max(count, 1)) : 1
    let values = sum.map { Float($0 * scale) }
    guard values.allSatisfy(\.isFinite) else { throw .unusableEmbedding }
    return values
  }
}
