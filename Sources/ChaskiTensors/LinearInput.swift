// Owns: what linear layers read, and how the step before them joins their quantisation.
// Does not own: the products (CPUBackend+Linear), the addresses of rows (LinearRows).

/// Activations on their way into linear layers, with the operation before them still to be done.
///
/// That operation runs row by row where the rows are quantised, so its result is never written to memory.
package enum LinearInput {
  /// Activations as they are. [T, D]
  case tensor(Tensor)
  /// Some columns of activations as they are, without a copy. [T, D] of [T, any]
  case slice(Tensor, columns: Range<Int>)
  /// Every row scaled to root mean square 1, then multiplied by `weight`. [T, D]
  ///
  /// Source: Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467.
  case rmsNorm(Tensor, weight: Vector, epsilon: Float)
  /// Every row shifted to mean 0 and scaled to variance 1, then times `weight` plus `bias` (nil: 0). [T, D]
  ///
  /// Source: Ba et al. 2016, https://arxiv.org/abs/1607.06450.
  case layerNorm(Tensor, weight: Vector, bias: Vector?, epsilon: Float)
  /// silu(gate) * up, element by element. [T, F]
  ///
  /// Source: Shazeer 2020, https://arxiv.org/abs/2002.05202.
  case siluMultiply(gate: Tensor, up: Tensor)
  /// gelu(gate) * up in the form with tanh, element by element. [T, F]
  ///
  /// Source: Shazeer 2020, https://arxiv.org/abs/2002.05202.
  case geluMultiply(gate: Tensor, up: Tensor)
  /// gelu(x) in the form with tanh. [T, F]
  ///
  /// Source: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415.
  case gelu(Tensor)
  /// x where it is positive, else 0. [T, F]
  case relu(Tensor)

  /// T.
  package var rows: Int { tensor.rows }

  /// D.
  package var columns: Int {
    if case .slice(_, let columns) = self { columns.count } else { tensor.columns }
  }

  private var tensor: Tensor {
    switch self {
    case .tensor(let x), .slice(let x, _), .gelu(let x), .relu(let x): x
    case .rmsNorm(let x, _, _), .layerNorm(let x, _, _, _): x
    case .siluMultiply(let x, _), .geluMultiply(let x, _): x
    }
  }

  /// Whether rows can be read where they lie.
  var isPlain: Bool {
    switch self {
    case .tensor, .slice: true
    default: false
    }
  }

  func checkShape() {
    switch self {
    case .tensor, .gelu, .relu: break
    case .slice(let x, let columns):
      precondition(
        columns.lowerBound >= 0 && columns.upperBound <= x.columns,
        "columns \(columns) of a tensor of \(x.columns)"
      )
    case .rmsNorm(let x, let weight, _):
      precondition(weight.count == x.columns, "norm of \(weight.count) over \(x.columns)")
    case .layerNorm(let x, let weight, let bias, _):
      precondition(
        weight.count == x.columns && (bias?.count ?? x.columns) == x.columns,
        "norm of \(weight.count) over \(x.columns)"
      )
    case .siluMultiply(let gate, let up), .geluMultiply(let gate, let up):
      precondition(
        gate.rows == up.rows && gate.columns == up.columns,
        "gate and up differ in shape"
      )
    }
  }
}

extension CPUBackend {
  /// What `input` stands for, computed. [T, D]
  package func floats(of input: LinearInput) -> Tensor {
    if case .tensor(let x) = input { return x }
    input.checkShape()
    let result = tensor(rows: input.rows, columns: input.columns)
    let source = unsafe LinearRows(input, kernels: kernels)
    forRows(input.rows, width: input.columns * 2) { rows in
      for row in rows { unsafe source.write(row, to: result.pointer(row: row)) }
    }
    withExtendedLifetime(input) {}
    return result
  }
}
