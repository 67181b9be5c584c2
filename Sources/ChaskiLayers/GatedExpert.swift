// Owns: one expert's weights.

package import ChaskiTensors

/// An expert: down(silu(gate(x)) * up(x)), the SwiGLU layer.
///
/// Source: Shazeer 2020, https://arxiv.org/abs/2002.05202.
package final class GatedExpert: Sendable {
  let gateAndUp: Projection  // [F, D] twice
  let down: Projection  // [D, F]

  /// An expert of these matrices: [F, D], [F, D] and [D, F].
  package init(gate: PackedMatrix, up: PackedMatrix, down: PackedMatrix) {
    gateAndUp = Projection([(gate, nil), (up, nil)])
    self.down = Projection(down)
  }
}
