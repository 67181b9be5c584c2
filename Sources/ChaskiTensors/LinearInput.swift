// Owns: what linear layers read, and how the step before them joins their quantisation.
// Does not own: the products (CPUBackend+Linear).

import ChaskiKernels

/// Activations on their way into linear layers, with the operation before them still to be done.
///
/// That operation runs row by row where the rows are quantised, so its result is never written to memory.
package enum LinearInput {
  /// Activations as they are. [T, D]
  case tensor(Tensor)
  /// Every row scaled to root mean square 1, then multiplied by `weight`. [T, D]
  ///
  /// Source: Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467.
  case rmsNorm(Tensor, weight: Vector, epsilon: Float)
  /// silu(gate) * up, element by element. [T, F]
  ///
  /// Source: Shazeer 2020, https://arxiv.org/abs/2002.05202.
  case siluMultiply(gate: Tensor, up: Tensor)

  /// T.
  package var rows: Int { tensor.rows }
  /// D.
  package var columns: Int { tensor.columns }

  private var tensor: Tensor {
    switch self {
    case .tensor(let x), .rmsNorm(let x, _, _), .siluMultiply(let x, _): x
    }
  }

  /// Whether rows can be read where they lie.
  var isPlain: Bool {
    if case .tensor = self { true } else { false }
  }

  func checkShape() {
    switch self {
    case .tensor: break
    case .rmsNorm(let x, let weight, _):
      precondition(weight.count == x.columns, "norm of \(weight.count) over \(x.columns)")
    case .siluMultiply(let gate, let up):
      precondition(
        gate.rows == up.rows && gate.columns == up.columns,
        "gate and up differ in shape"
      )
    }
  }
}

/// A linear input in terms of addresses, for loops that many threads run: copying it counts no references.
@safe struct LinearRows {
  private let x: UnsafePointer<Float>
  private let second: UnsafePointer<Float>?
  private let isNorm: Bool
  private let epsilon: Float
  private let columns: Int
  private let kernels: UnsafePointer<ck_table>

  /// The rows of `input`, which the caller keeps alive.
  init(_ input: LinearInput, kernels: UnsafePointer<ck_table>) {
    unsafe self.kernels = kernels
    columns = input.columns
    switch input {
    case .tensor(let x):
      unsafe (self.x, second) = (UnsafePointer(x.base), nil)
      (isNorm, epsilon) = (false, 0)
    case .rmsNorm(let x, let weight, let epsilon):
      unsafe (self.x, second) = (UnsafePointer(x.base), weight.base)
      (isNorm, self.epsilon) = (true, epsilon)
    case .siluMultiply(let gate, let up):
      unsafe (self.x, second) = (UnsafePointer(gate.base), UnsafePointer(up.base))
      (isNorm, epsilon) = (false, 0)
    }
  }

  /// One row: where it lies, or, after its operation, in `scratch`. [D]
  func row(_ index: Int, scratch: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    let row = unsafe x + index * columns
    guard let second = unsafe second else { return unsafe row }
    if isNorm {
      unsafe kernels.pointee.rms_norm(row, second, epsilon, Int64(columns), scratch)
    } else {
      unsafe kernels.pointee.silu_multiply(row, second + index * columns, Int64(columns), scratch)
    }
    return unsafe UnsafePointer(scratch)
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
      for row in rows { _ = unsafe source.row(row, scratch: result.pointer(row: row)) }
    }
    withExtendedLifetime(input) {}
    return result
  }
}
