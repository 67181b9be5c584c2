// Owns: positions as learned vectors.

package import ChaskiTensors

/// One learned vector a position, added to the token's. [S, D]
///
/// Source: Radford et al. 2018 (GPT), after Gehring et al. 2017, https://arxiv.org/abs/1705.03122.
package struct LearnedPositions: Sendable {
  /// The vectors, the first of them for position 0.
  package let table: EmbeddingTable

  /// Positions by `table`.
  package init(table: EmbeddingTable) {
    self.table = table
  }

  /// Adds the vectors of `positions`, each below the table's number of rows, to `x`. [T, D]
  package func callAsFunction(_ positions: [Int], addingTo x: Tensor, on backend: CPUBackend) {
    backend.add(backend.embed(positions.map(Int32.init), from: table), to: x)
  }
}
