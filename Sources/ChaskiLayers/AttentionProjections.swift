// Owns: the projections around attention. Does not own: what happens between them.

package import ChaskiTensors

/// Rows to queries, keys and values, and heads back to rows, with H query heads and K key/value heads of
/// width E.
package struct AttentionProjections: Sendable {
  private let inputs: ParallelLinear  // [H * E, D], [K * E, D], [K * E, D]
  private let output: Linear  // [D, H * E]
  /// H.
  package let headCount: Int
  /// E.
  package let headWidth: Int

  /// These projections, with `headCount` H and `headWidth` E.
  package init(
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    headCount: Int,
    headWidth: Int
  ) {
    inputs = ParallelLinear([query, key, value])
    self.output = output
    self.headCount = headCount
    self.headWidth = headWidth
  }

  /// q [T, H * E], k and v [T, K * E] of `x`.
  package func split(
    _ x: LinearInput,
    on backend: CPUBackend
  ) -> (queries: Tensor, keys: Tensor, values: Tensor) {
    let projected = inputs(x, on: backend)
    return (projected[0], projected[1], projected[2])
  }

  /// The rows of heads `h`. h: [T, H * E], result: [T, D]
  package func join(_ h: Tensor, on backend: CPUBackend) -> Tensor {
    output(.tensor(h), on: backend)
  }

  /// Adds the rows of heads `h` to `sum`. h: [T, H * E], sum: [T, D]
  package func join(_ h: Tensor, addingTo sum: Tensor, on backend: CPUBackend) {
    output(.tensor(h), addingTo: sum, on: backend)
  }
}
