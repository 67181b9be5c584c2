// Owns: tokens to vectors.

package import ChaskiTensors

/// One learned vector a token. [V, D]
package struct Embedding: Sendable {
  /// The vectors.
  package let table: EmbeddingTable

  /// An embedding by `table`.
  package init(table: EmbeddingTable) {
    self.table = table
  }

  /// The vectors of `tokens`. [T, D]
  package func callAsFunction(_ tokens: [Int32], on backend: CPUBackend) -> Tensor {
    backend.embed(tokens, from: table)
  }
}
